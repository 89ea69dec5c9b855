import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keeps its thread busy until there is a file `go` in CATALINA_BASE, then answers. */
@WebServlet("/wait")
public final class Wait extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Path go = Path.of(System.getProperty("catalina.base"), "go");
        try {
            while (!Files.exists(go)) {
                Thread.sleep(20);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        response.getOutputStream().print("answer");
    }
}
