import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs into trouble as asked: Trouble SCENARIO [HOST PORT [MILLISECONDS]].
 *
 * <p>Prints the stack trace of the first exception, then a line "so it is", and goes on as before
 * until it is killed, so that one can look at what is behind it.
 */
public final class Trouble {
    private static final byte[] REQUEST = new byte[64];
    private static final List<Socket> held = new ArrayList<>();
    private static boolean told;

    private interface Act {
        void run() throws Exception;
    }

    private Trouble() {}

    public static void main(String[] words) throws Exception {
        tell(null); // loads all it needs while there are descriptors left
        String host = words.length > 1 ? words[1] : "127.0.0.1";
        int port = words.length > 2 ? Integer.parseInt(words[2]) : 0;
        int patience = words.length > 3 ? Integer.parseInt(words[3]) : 0;
        Act act = scenario(words[0], new InetSocketAddress(host, port), patience);
        while (true) {
            try {
                act.run();
            } catch (Exception failure) {
                tell(failure);
            }
            Thread.sleep(20);
        }
    }

    private static Act scenario(String name, InetSocketAddress end, int patience)
            throws IOException {
        switch (name) {
            case "connect":
                return () -> connect(end, patience).close();
            case "hold":
                return () -> held.add(connect(end, patience));
            case "bind-and-hold":
                return () -> held.add(connectFrom("127.0.0.1", end));
            case "read":
                return () -> ask(end, patience);
            case "write":
                return () -> writeAfterEnd(end);
            case "listen":
                return () -> new ServerSocket(end.getPort(), 50, end.getAddress()).close();
            case "accept":
                ServerSocket server = new ServerSocket(end.getPort(), 50, end.getAddress());
                System.out.println("listening");
                return () -> held.add(server.accept());
            case "use-after-close":
                return () -> useAfterClose(end);
            case "http":
                return () -> get(end);
            default:
                throw new IllegalArgumentException(name);
        }
    }

    private static Socket connect(InetSocketAddress end, int patience) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(end, patience);
            return socket;
        } catch (IOException failure) {
            socket.close();
            throw failure;
        }
    }

    private static Socket connectFrom(String address, InetSocketAddress end) throws IOException {
        Socket socket = new Socket();
        try {
            socket.bind(new InetSocketAddress(address, 0));
            socket.connect(end);
            return socket;
        } catch (IOException failure) {
            socket.close();
            throw failure;
        }
    }

    private static void ask(InetSocketAddress end, int patience) throws Exception {
        try (Socket socket = connect(end, patience)) {
            socket.setSoTimeout(patience);
            socket.getOutputStream().write(REQUEST);
            readToEnd(socket);
        }
    }

    /** Uses a connection that the server has closed, as a pool does that does not look. */
    private static void writeAfterEnd(InetSocketAddress end) throws Exception {
        try (Socket socket = connect(end, 0)) {
            readToEnd(socket);
            while (true) {
                socket.getOutputStream().write(REQUEST);
                Thread.sleep(5);
            }
        }
    }

    private static void readToEnd(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        while (in.read() >= 0) {
            continue;
        }
    }

    private static void useAfterClose(InetSocketAddress end) throws IOException {
        Socket socket = connect(end, 0);
        socket.close();
        socket.getInputStream();
    }

    private static void get(InetSocketAddress end) throws Exception {
        URI uri = URI.create("http://" + end.getHostString() + ":" + end.getPort() + "/");
        HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding());
    }

    private static synchronized void tell(Exception failure) {
        StringWriter text = new StringWriter();
        Exception shown = failure == null ? new Exception(InetAddress.class.getName()) : failure;
        shown.printStackTrace(new PrintWriter(text, true));
        if (failure != null && !told) {
            told = true;
            System.out.print(text);
            System.out.println("so it is");
            System.out.flush();
        }
    }
}
