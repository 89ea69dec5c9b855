"""Names become pseudonyms; what only says how a Linux host is made stays."""

from __future__ import annotations

import re

import pytest

from netinspect.redaction.names import Names

NAMES = Names(b"a secret")
_PART = r"name-[0-9a-f]{8}"


@pytest.mark.parametrize("name", ["java", "nginx", "python3.11", "gunicorn", "sshd", "systemd"])
def test_programs_with_a_part_in_explanations_stay(name: str) -> None:
    assert NAMES.process(name) == name


def test_other_programs_get_a_name_that_fits_where_names_do() -> None:
    name = NAMES.process("orders-worker")

    assert re.fullmatch(r"proc-[0-9a-f]{8}", name)
    assert name == Names(b"a secret").process("orders-worker")
    assert name != NAMES.process("orders-workers")
    assert name != Names(b"another").process("orders-worker")


def test_title_behind_a_known_name_goes() -> None:
    assert NAMES.process("nginx: for acme") == "nginx"


@pytest.mark.parametrize(("user", "form"), [("root", "root"), ("1000", "1000")])
def test_root_and_numbers_stay(user: str, form: str) -> None:
    assert NAMES.user(user) == form


def test_users_and_hosts_get_names() -> None:
    assert re.fullmatch(r"user-[0-9a-f]{8}", NAMES.user("alice"))
    assert re.fullmatch(r"host-[0-9a-f]{8}", NAMES.host("web-07.example.com"))


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/usr/bin/nginx", "/usr/bin/nginx"),
        ("/usr/sbin/acmed (deleted)", rf"/usr/sbin/{_PART} \(deleted\)"),
        ("/srv/acme/bin/gunicorn", rf"/srv/{_PART}/bin/gunicorn"),
        ("/run/acme/orders.sock", rf"/run/{_PART}/{_PART}\.sock"),
        ("@/tmp/acme", rf"@/tmp/{_PART}"),
        ("@acme", rf"@{_PART}"),
        ("/system.slice/acme.service", rf"/system\.slice/{_PART}\.service"),
        ("/system.slice/nginx.service", r"/system\.slice/nginx\.service"),
        ("/system.slice/acme@blue.service", rf"/system\.slice/{_PART}@{_PART}\.service"),
        ("/user.slice/user-1000.slice", r"/user\.slice/user-1000\.slice"),
        ("/user.slice/user@1000.service", r"/user\.slice/user@1000\.service"),
        ("/run/user/1000/bus", rf"/run/user/1000/{_PART}"),
        ("/kubepods.slice/pod-acme", rf"/kubepods\.slice/{_PART}"),
        ("", ""),
    ],
)
def test_paths_keep_their_places(path: str, form: str) -> None:
    assert re.fullmatch(form, NAMES.path(path)), NAMES.path(path)


def test_unit_is_named_as_in_the_path() -> None:
    unit = NAMES.part("acme.service")

    assert NAMES.path("/system.slice/acme.service") == f"/system.slice/{unit}"


def test_container_keeps_its_form_and_its_short_id() -> None:
    long = "3f2ad81c09b7" + "ab" * 26

    scope = NAMES.part(f"docker-{long}.scope")

    assert re.fullmatch(r"docker-[0-9a-f]{64}\.scope", scope)
    assert scope.startswith(f"docker-{NAMES.container(long[:12])}")
    assert long not in scope
    assert re.fullmatch(r"ctr-[0-9a-f]{8}", NAMES.container("acme-db"))


def test_command_line_keeps_what_tells_the_server() -> None:
    words = ("/srv/acme/bin/python3", "/srv/acme/bin/gunicorn", "--password=x", "-w", "4")

    program, server, *others = NAMES.command(words)

    assert program.endswith("/bin/python3")
    assert server.endswith("/bin/gunicorn")
    assert all(re.fullmatch(r"arg-[0-9a-f]{8}", word) for word in others)
    assert NAMES.command(()) == ()
    assert re.fullmatch(r"nginx: arg-[0-9a-f]{8}", NAMES.command(("nginx: worker process",))[0])
    assert "org.apache.catalina.startup.Bootstrap" in NAMES.command(
        ("java", "org.apache.catalina.startup.Bootstrap", "start")
    )


def test_threads_that_serve_a_port_keep_their_names() -> None:
    counts = NAMES.threads({"http-nio-8080-e": 200, "acme-pool-": 3, "http-acme-80-e": 1})

    assert counts["http-nio-8080-e"] == 200
    assert sorted(counts.values()) == [1, 3, 200]
    assert "acme" not in "".join(counts)


def test_boot_id_keeps_its_form() -> None:
    boot = "0b5f3d5e-7a51-4a2f-9a53-0c4a2f3b9d11"

    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", NAMES.boot(boot))
    assert NAMES.boot(boot) != boot
