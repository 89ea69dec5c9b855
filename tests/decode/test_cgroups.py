"""Units and containers from the cgroup paths that are seen in the wild."""

from __future__ import annotations

import pytest

from netinspect.decode.cgroups import Place, parse_cgroup

ID = "0123456789ab" + "c" * 52
SHORT = "0123456789ab"
POD = "pod8c5a5f12_3c50_4b0e_9d6a_0c1d2e3f4a5b"


@pytest.mark.parametrize(
    ("path", "unit", "container"),
    [
        ("/system.slice/nginx.service", "nginx.service", None),
        (
            "/system.slice/system-postgresql.slice/postgresql@15-main.service",
            "postgresql@15-main.service",
            None,
        ),
        ("/system.slice/ssh.service/worker", "ssh.service", None),
        ("/system.slice/_odd.service", "odd.service", None),
        ("/user.slice/user-1000.slice/session-3.scope", "session-3.scope", None),
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service",
            "foo.service",
            None,
        ),
        (
            "/user.slice/user-1000.slice/user@1000.service/init.scope",
            "user@1000.service",
            None,
        ),
        ("/init.scope", "init.scope", None),
        ("/", None, None),
        (f"/system.slice/docker-{ID}.scope", f"docker-{ID}.scope", SHORT),
        (f"/docker/{ID}", None, SHORT),
        (f"/machine.slice/libpod-{ID}.scope", f"libpod-{ID}.scope", SHORT),
        (f"/machine.slice/libpod-{ID}.scope/container", f"libpod-{ID}.scope", SHORT),
        (f"/machine.slice/libpod-conmon-{ID}.scope", f"libpod-conmon-{ID}.scope", None),
        (
            f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container",
            f"libpod-{ID}.scope",
            SHORT,
        ),
        (
            f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-{POD}.slice/"
            f"cri-containerd-{ID}.scope",
            f"cri-containerd-{ID}.scope",
            SHORT,
        ),
        (f"/kubepods.slice/{POD}.slice/crio-{ID}.scope", f"crio-{ID}.scope", SHORT),
        (f"/kubepods.slice/{POD}.slice/crio-conmon-{ID}.scope", f"crio-conmon-{ID}.scope", None),
        (f"/kubepods/besteffort/pod8c5a5f12-3c50-4b0e-9d6a-0c1d2e3f4a5b/{ID}", None, SHORT),
        (f"/kubepods/besteffort/pod{'d' * 32}/{ID}", None, SHORT),
        (
            f"/docker/{'f' * 64}/kubelet/kubepods/pod{'d' * 32}/{ID}",
            None,
            SHORT,
        ),
        (
            f"/system.slice/containerd.service/kubepods-burstable-{POD}.slice:cri-containerd:{ID}",
            "containerd.service",
            SHORT,
        ),
        (f"/../../docker/{ID}", None, SHORT),
        (f"/system.slice/nerdctl-{ID}.scope", f"nerdctl-{ID}.scope", SHORT),
        (f"/ecs/0123456789abcdef0123456789abcdef/{ID}", None, SHORT),
        ("/ecs/task/0123456789abcdef0123456789abcdef-1234567890", None, SHORT),
        ("/lxc.payload.web1/system.slice/cron.service", "cron.service", "web1"),
        ("/lxc/web1/init.scope", "init.scope", "web1"),
        ("/lxc.monitor.web1", None, None),
        (
            "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
            "machine-qemu\\x2d1\\x2dvm.scope",
            "qemu-1-vm",
        ),
    ],
)
def test_path_of_the_unified_hierarchy(path: str, unit: str | None, container: str | None) -> None:
    assert parse_cgroup(f"0::{path}\n".encode()) == Place(path, unit, container)


def test_cgroup_v1_has_the_unit_in_the_hierarchy_of_systemd() -> None:
    text = b"4:memory:/other\n1:name=systemd:/system.slice/nginx.service\n0::/\n"

    assert parse_cgroup(text) == Place("/system.slice/nginx.service", "nginx.service")


def test_cgroup_v1_may_have_the_container_in_another_hierarchy() -> None:
    text = f"4:memory:/docker/{ID}\n1:name=systemd:/system.slice/docker.service\n".encode()

    assert parse_cgroup(text) == Place("/system.slice/docker.service", "docker.service", SHORT)


def test_host_without_systemd_uses_the_unified_hierarchy() -> None:
    assert parse_cgroup(b"1:name=systemd:/\n0::/app\n") == Place("/app")
    assert parse_cgroup(f"4:memory:/docker/{ID}\n".encode()) == Place(container=SHORT)


@pytest.mark.parametrize("text", [b"", b"\n", b"nonsense", b"0:", b"0::"])
def test_text_without_a_path_says_nothing(text: bytes) -> None:
    assert parse_cgroup(text) == Place()


def test_names_are_made_safe() -> None:
    place = parse_cgroup(b"0::/system.slice/\x1b[31m\xff.service\n")

    assert place.path == "/system.slice/\\x1b[31m\\xff.service"
    assert place.unit == "\\x1b[31m\\xff.service"
