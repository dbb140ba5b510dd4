"""The compose files, as far as they can be tested without a container engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.config import load

HOME = Path(__file__).parents[2]
FOLDER = HOME / "contrib" / "compose"
FILES = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yml"))}
SERVICES = [(name, service) for name, document in FILES.items() for service in document["services"]]
TOP = {"name", "services", "secrets", "volumes"}
KNOWN = {
    *("image", "build", "restart", "stop_grace_period", "depends_on", "environment", "secrets", "volumes"),
    *("ports", "entrypoint", "command", "healthcheck", "read_only", "tmpfs", "cap_drop", "security_opt"),
}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
CHECK = {"test", "interval", "timeout", "retries", "start_period", "disable"}


def service_of(file: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = FILES[file]["services"][name]
    return found


def test_each_database_has_its_compose_file() -> None:
    assert FILES.keys() == {"sqlite.yml", "postgres-grafana.yml", "cluster.yml"}


@pytest.mark.parametrize("file", FILES)
def test_secrets_and_volumes_are_declared_and_used(file: str) -> None:
    document = FILES[file]
    assert document.keys() <= TOP
    services = document["services"].values()
    assert {secret for s in services for secret in s.get("secrets", ())} == document["secrets"].keys()
    mounts = {m.partition(":")[0] for s in services for m in s.get("volumes", ())}
    assert {mount for mount in mounts if not mount.startswith(".")} == document["volumes"].keys()
    for name, secret in document["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}


@pytest.mark.parametrize(("file", "name"), SERVICES)
def test_a_service_has_known_keys_and_a_pinned_image(file: str, name: str) -> None:
    service = service_of(file, name)
    assert service.keys() <= KNOWN
    assert service.get("healthcheck", {}).keys() <= CHECK
    assert "no-new-privileges:true" in service["security_opt"]
    if "build" in service:
        assert ((FOLDER / service["build"]["context"]).resolve() / "Dockerfile").is_file()
    elif service["image"] in {s["image"] for s in FILES[file]["services"].values() if "build" in s}:
        assert service["depends_on"]  # on what has built it
    else:
        assert re.fullmatch(r"[a-z/]+:\d[\w.-]*", service["image"])
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize(("file", "name"), SERVICES)
def test_each_dependency_of_a_service_can_be_met(file: str, name: str) -> None:
    services = FILES[file]["services"]
    for other, wanted in service_of(file, name).get("depends_on", {}).items():
        assert wanted["condition"] in CONDITIONS
        if wanted["condition"] == "service_healthy":  # the syncer image contains its check
            assert "healthcheck" in services[other] or "build" in services[other]
        if wanted["condition"] == "service_completed_successfully":
            assert services[other]["restart"] == "no"


@pytest.mark.parametrize(("file", "name"), SERVICES)
def test_mounted_paths_exist(file: str, name: str) -> None:
    for mount in service_of(file, name).get("volumes", ()):
        source, target, *mode = mount.split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert mode == ["ro"]
            if source.startswith("../grafana/") and not (HOME / "contrib" / "grafana").exists():
                pytest.skip("contrib/grafana does not exist")
            made = source.removeprefix("./") in (HOME / "docs" / "docker.md").read_text("utf-8")
            assert made if source.startswith("./secrets/") else (FOLDER / source).exists(), source


@pytest.mark.parametrize(("file", "name"), SERVICES)
def test_secrets_are_passed_as_files_only(file: str, name: str) -> None:
    service = service_of(file, name)
    for variable, value in service.get("environment", {}).items():
        if re.search("PASSWORD|KEY|URL", variable):
            assert variable.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in service["secrets"]
    text = "".join(service.get("command", ()))
    assert set(re.findall(r"/run/secrets/(\w+)", text)) <= set(service["secrets"])
    assert not re.search(r"(?<!\$)\$(?!\$)", text)  # otherwise compose would substitute it


@pytest.mark.parametrize(("file", "name"), [(f, n) for f, n in SERVICES if n == "syncer"])
def test_the_variables_of_the_daemon_are_a_valid_configuration(
    file: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    secrets = {"api_key": "a" * 32, "database_url": "postgresql://syncer:word@database/syncer"}
    for secret, text in secrets.items():
        (tmp_path / secret).write_text(text + "\n")
    environ = {}
    for variable, value in service_of(file, name)["environment"].items():
        filled = re.sub(r"\$\{RA_USERNAME:\?[^}]*\}", "Max", value)
        filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", filled)
        environ[variable] = filled.replace("/run/secrets", str(tmp_path))
    config = load(None, environ)
    assert (config.players[0].username, config.players[0].played) == ("Max", True)
    assert config.auto_upgrade
    assert config.database_url.reveal().startswith("postgresql" if "postgres" in file else "sqlite")


@pytest.mark.parametrize("name", ["planner", "worker-1", "worker-2"])
def test_the_processes_of_a_cluster_have_one_valid_configuration(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file, text in {"MaxMilyin": "a" * 32, "database_url": "postgresql://syncer@database/syncer"}.items():
        (tmp_path / file).write_text(text + "\n")
    service = service_of("cluster.yml", name)
    mounts = dict(mount.split(":")[1::-1] for mount in service["volumes"])
    text = (FOLDER / mounts["/config.toml"]).read_text("utf-8").replace("/keys", str(tmp_path))
    (tmp_path / "config.toml").write_text(text)
    environ = {
        variable: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value).replace("/run/secrets", str(tmp_path))
        for variable, value in service["environment"].items()
    }
    config = load(tmp_path / "config.toml", environ)
    assert config.cluster.enabled
    assert config.players[0].key.reveal() == "a" * 32
    assert service["command"] == (["run"] if name == "planner" else ["worker"])


@pytest.mark.parametrize("file", FILES)
def test_the_documentation_explains_how_to_start_it(file: str) -> None:
    page = (HOME / "docs" / "docker.md").read_text("utf-8")
    assert file in page
    made = set(re.findall(r"secrets/([a-z_]+)", page))
    (names,) = re.findall(r"for name in ([a-z ]+); do .*secrets/\$\{name\}_password", page)
    made |= {f"{name}_password" for name in names.split()}
    assert FILES[file]["secrets"].keys() <= made


def test_the_documentation_sets_variables_that_exist_also_the_path_behind_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (HOME / "docs" / "docker.md").read_text("utf-8")
    shown = dict(re.findall(r"`(SYNCER_\w+): ([^`]+)`", page))
    web = load(None, {"SYNCER_API__USERNAME": "Max", "SYNCER_API__KEY": "a" * 32} | shown).web
    assert (web.base_path, web.allowed_hosts) == ("/ra", ("syncer",))
