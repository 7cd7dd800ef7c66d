"""An export for Kubernetes: what a pod is told, what its neuron then says of itself, and what stays on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from netctl.export import container, guard, kubernetes
from netctl.placement import NODE_ADDRESS, Labelled, Placing
from tests.cli.program import call
from tests.habits import kube
from tests.habits import trial as trials
from tests.habits.trial import SECRET, Trial, told

PHRASE = "abandon " * 11 + "about"
COLDKEY = json.dumps({"secretPhrase": PHRASE, "secretSeed": "0x" + "5eed" * 16})
HOTKEY = json.dumps({"secretPhrase": "legal winner thank year", "secretSeed": "0x" + "c0de" * 16})
ADDRESS = json.dumps({"ss58Address": "5F", "secretSeed": None})
EXPORT = ("fleet", "export", "--to", "kubernetes", "-p", "trial.yaml", "-o", "out")


def wallets(trial: Trial) -> None:
    for name in ("w1", "w2", "wv"):
        wallet = trial.fleet.wallet_path / name
        (wallet / "hotkeys").mkdir(parents=True)
        for file, text in (("hotkeys/h", HOTKEY), ("coldkeypub.txt", ADDRESS), ("coldkey", COLDKEY)):
            (wallet / file).write_text(text)


@pytest.fixture
def rich(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """The trial with a public file of the pack, one that holds the secret, a seed, and a file of the profile's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROBE_KEY", SECRET)
    (tmp_path / "mine.bin").write_text("of the operator\n")
    text = trials.PROFILE.replace("hotkey: h}", "hotkey: h, files: {conf/mine.bin: mine.bin}}", 1)
    profile = trials.laid_out(tmp_path, text)
    (tmp_path / "probe" / "seed.json").write_text('{"on": 1e3}\n')
    (tmp_path / "probe" / "plain.j2").write_text("of {{ neuron.name }}\n")
    (tmp_path / "probe" / "told.j2").write_text(f"key = {SECRET}\n")
    pack = yaml.safe_load((tmp_path / "probe" / "pack.yaml").read_text())
    pack["roles"]["miner"] |= {
        "files": [{"path": "plain.txt", "template": "plain.j2"}, {"path": "sub/told.txt", "template": "told.j2"}],
        "seeds": [{"path": "data/seed.json", "source": "seed.json", "root": "pack"}],
        "directories": ["data"],
    }
    (tmp_path / "probe" / "pack.yaml").write_text(yaml.safe_dump(pack))
    trial = trials.written(profile)
    wallets(trial)
    return trial


@pytest.mark.parametrize("target", ["systemd", "pm2", "compose"])
def test_a_fleet_of_many_machines_is_not_exported_to_this_one(
    rich: Trial, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = "[{name: nd1, address: 10.77.0.11}]"
    swarm = f"host: swarm\nhosts: {{manager: 'ssh://ops@nd1', here: 10.77.0.1, nodes: {nodes}}}\n"
    Path("trial.yaml").write_text(Path("trial.yaml").read_text() + swarm)
    ended = call(capsys, *(target if word == "kubernetes" else word for word in EXPORT))
    assert ended.code == 2, ended.err
    assert f"trial is a fleet of many machines, and {target} would run all of it on this one" in ended.err
    assert not Path("out").exists()


def secrets_of(trial: Trial, name: str) -> Mapping[str, Mapping[str, bytes]]:
    """The Secrets that the script makes, by hand."""
    job = next(job for job in kube.export(trial).jobs if job.name == name)
    hidden = {key: each.path.read_bytes() for key, each in container.secret_files(job).items()}
    own = f"trial-{name.replace('_', '-')}"
    wallet = {"hotkey": job.hotkey_file.read_bytes(), "coldkeypub.txt": job.coldkeypub_file.read_bytes()}
    return {f"{own}-wallet": wallet, f"{own}-files": hidden, f"{own}-env": {"API_KEY": SECRET.encode()}}


@pytest.fixture
def ends() -> Iterator[list[subprocess.Popen[bytes]]]:
    found: list[subprocess.Popen[bytes]] = []
    yield found
    for process in found:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


@pytest.mark.parametrize("name", ["miner_1", "validator_1"])
def test_a_container_starts_the_neuron_as_netctl_does(
    rich: Trial, name: str, ends: list[subprocess.Popen[bytes]]
) -> None:
    found = kube.documents(kube.export(rich))
    workload = kube.workloads(found)[name]
    (spec,) = kube.pod_of(workload)["containers"]
    rendered = rich.wanted.of(name)
    assert rendered is not None
    secrets = secrets_of(rich, name)
    for place in (*rich.fleet.state.iterdir(), rich.fleet.wallet_path):
        shutil.rmtree(place)
    kube.laid_out(found, workload, secrets)
    rich.work(name).mkdir(parents=True, exist_ok=True)
    environ = {}
    for each in spec["env"]:
        kept = each.get("valueFrom", {}).get("secretKeyRef")
        value = secrets[kept["name"]][kept["key"]].decode() if kept else each["value"]
        environ[each["name"]] = value if kept else kube.expanded(value, {})
    command = [kube.expanded(word, {}) for word in spec["command"]]
    # A container begins with every signal at its default; what runs these tests may ignore some (nohup).
    command = ["env", "--default-signal", *command]
    process = subprocess.Popen(
        command, cwd=spec["workingDir"], env=environ, stdin=subprocess.DEVNULL, start_new_session=True
    )
    ends.append(process)
    said = told(rich, name)
    assert tuple(said["argv"]) == rendered.argv[2:]
    seen = {key: value for key, value in said["env"].items() if key not in ("OLDPWD", "SHLVL", "_")}
    assert seen == {**expected_of(rich, name), "NETCTL_NEURON": f"kubernetes:trial/{name}"}
    assert said["deaf"] == []
    wallet = rich.fleet.wallet_path / ("w1" if name == "miner_1" else "wv")
    assert {str(path.relative_to(wallet)) for path in wallet.rglob("*") if path.is_file()} == {
        "hotkeys/h",
        "coldkeypub.txt",
    }
    if name == "miner_1":
        files = rich.fleet.state / "files" / name
        assert (files / "plain.txt").read_text() == "of miner_1\n"
        assert SECRET in (files / "sub/told.txt").read_text()
        assert (rich.work(name) / "conf/mine.bin").read_text() == "of the operator\n"
        assert (rich.work(name) / "data/seed.json").read_text() == '{"on": 1e3}\n'
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert (rich.work(name) / "ended").read_text() == trials.ENDED[name]


def expected_of(trial: Trial, name: str) -> Mapping[str, str]:
    rendered = trial.wanted.of(name)
    assert rendered is not None
    return {key: value for key, value in rendered.environ.items() if key != "NETCTL_NEURON"}


@pytest.mark.fast
def test_nothing_that_is_written_holds_a_secret(rich: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, *EXPORT, "--image", "me/miner:1")
    assert done.code == 0, done.err
    text = done.out + done.err + "".join(path.read_text() for path in (rich.place / "out").iterdir())
    for secret in (SECRET, PHRASE, "5eed" * 16, "c0de" * 16, "legal winner", "of the operator"):
        assert secret not in text
    manifests = (rich.place / "out" / "fleet.yaml").read_text()
    assert "coldkey/" not in manifests
    assert "name: coldkey\n" not in manifests
    assert {path.stat().st_mode & 0o777 for path in (rich.place / "out").iterdir()} == {0o600}


@pytest.mark.fast
def test_a_pinned_neuron_is_a_stateful_set_and_one_that_may_move_a_deployment(trial: Trial) -> None:
    cluster = replace(kube.CLUSTER, nodes=kube.NODES)
    found = kube.workloads(kube.documents(kube.export(trial, kube.EVERY_PLACING), cluster))
    pinned, moving, validator = (found[name] for name in trials.NAMES)
    assert [each["kind"] for each in (pinned, moving, validator)] == ["StatefulSet", "Deployment", "StatefulSet"]
    assert [each["spec"]["replicas"] for each in (pinned, moving, validator)] == [1, 1, 1]
    assert moving["spec"]["strategy"] == {"type": "Recreate"}
    assert kube.pod_of(pinned)["nodeSelector"] == {"kubernetes.io/hostname": "nd1"}
    assert kube.terms_of(moving) == [[("kubernetes.io/hostname", ["nd1", "nd2"])]]
    labelled = (Labelled((("gpu", "a100"),), ("miner",)), Labelled((("zone", "7"),), ("validator",)))
    told = kube.workloads(kube.documents(kube.export(trial, kube.EVERY_PLACING), replace(cluster, labelled=labelled)))
    assert kube.terms_of(told[trials.NAMES[1]]) == [
        [("kubernetes.io/hostname", ["nd1", "nd2"])],
        [("gpu", ["a100"])],
    ]
    h100 = replace(cluster, nodes=(), labelled=(Labelled((("gpu", "h100"),), ("validator",)),))
    assert kubernetes.unfit(kube.export(trial, kube.EVERY_PLACING), h100) == [
        f"{trials.NAMES[1]}: no node of the profile is for it"
    ]
    assert "tolerationSeconds" not in json.dumps(kube.pod_of(pinned)["tolerations"])
    assert "tolerations" not in kube.pod_of(moving)
    resources = {"cpu": "2500m", "memory": str(8 << 30), "nvidia.com/gpu": "1"}
    assert kube.pod_of(pinned)["containers"][0]["resources"] == {"requests": resources, "limits": resources}
    assert [kube.pod_of(each)["terminationGracePeriodSeconds"] for each in (pinned, validator)] == [1, 5]
    assert pinned["spec"]["volumeClaimTemplates"][0]["metadata"]["name"] == "work"
    assert {"name": "work", "emptyDir": {}} in kube.pod_of(moving)["volumes"]


@pytest.mark.fast
def test_a_pod_gets_two_keyfiles_its_port_and_no_token(trial: Trial) -> None:
    pod = kube.pod_of(kube.workloads(kube.documents(kube.export(trial)))["miner_1"])
    assert (pod["hostNetwork"], pod["automountServiceAccountToken"], pod["restartPolicy"]) == (True, False, "Always")
    (wallet,) = [each["secret"] for each in pod["volumes"] if each["name"] == "wallet"]
    assert wallet == {
        "secretName": "trial-miner-1-wallet",
        "items": [{"key": "hotkey", "path": "hotkeys/h"}, {"key": "coldkeypub.txt", "path": "coldkeypub.txt"}],
        "defaultMode": 0o400,
    }
    (spec,) = pod["containers"]
    mounts = {each["name"]: each for each in spec["volumeMounts"]}
    assert mounts["wallet"] == {"name": "wallet", "mountPath": f"{trial.fleet.wallet_path}/w1", "readOnly": True}
    port = trial.fleet.neurons[0].bind_port
    assert [(each["containerPort"], each["hostPort"]) for each in spec["ports"]] == [(port, port)]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


@pytest.mark.fast
def test_the_address_of_a_node_that_is_not_chosen_yet_is_filled_in_there(trial: Trial) -> None:
    export = kube.export(trial, {"miner_1": Placing(None, "auto")})
    argv = ("/bin/echo", f"--axon.external_ip={NODE_ADDRESS}", "$(HOME)", "$$5")
    export = replace(export, jobs=(replace(export.jobs[0], argv=argv), *export.jobs[1:]))
    (spec,) = kube.pod_of(kube.workloads(kube.documents(export))["miner_1"])["containers"]
    values = {container.ADDRESS: "10.0.0.9", "HOME": "/wrong"}
    assert [kube.expanded(word, values) for word in spec["command"][3:]] == [
        "/bin/echo",
        "--axon.external_ip=10.0.0.9",
        "$(HOME)",
        "$$5",
    ]
    assert spec["env"][0] == {"name": container.ADDRESS, "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}


@pytest.mark.fast
@pytest.mark.parametrize(("image", "policy"), [("sha256:" + "ab" * 32, "Never"), ("me/miner:1", None)])
def test_an_image_by_id_is_never_pulled(trial: Trial, image: str, policy: str | None) -> None:
    found = kube.workloads(kube.documents(kube.export(trial), replace(kube.CLUSTER, image=image)))
    (spec,) = kube.pod_of(found["miner_1"])["containers"]
    assert (spec["image"], spec.get("imagePullPolicy")) == (image, policy)


@pytest.mark.fast
def test_a_rehearsal_does_not_leave_this_machine(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, *EXPORT, "--image", "x", "--rehearse")
    assert (done.code, "without --rehearse" in done.err) == (2, True), done.err


@pytest.mark.fast
def test_root_needs_no_group_to_read_its_keys(trial: Trial) -> None:
    found = kube.workloads(kube.documents(kube.export(trial), replace(kube.CLUSTER, user=0, group=0)))
    context = kube.pod_of(found["miner_1"])["securityContext"]
    assert (context["runAsUser"], context["runAsNonRoot"], "fsGroup" in context) == (0, False, False)


@pytest.mark.fast
def test_other_files_make_another_pod(rich: Trial) -> None:
    def marks(job_text: bytes) -> Any:
        export = kube.export(rich)
        contents = tuple(replace(each, public=job_text) for each in export.jobs[0].contents)
        changed = replace(export, jobs=(replace(export.jobs[0], contents=contents), *export.jobs[1:]))
        found = kube.workloads(kube.documents(changed))["miner_1"]
        return found["spec"]["template"]["metadata"]["annotations"]

    assert marks(b"one") == marks(b"one") != marks(b"two")


KUBECTL = """\
#!/bin/sh
# Notes what it is told; `create` shows the Secret's files as they are, `apply` keeps them.
printf '%s\\n' "$*" >>"$NOTES/argv"
case "$1 $2" in
    "create secret")
        for word; do case "$word" in --from-file=*) folder=${word#--from-file=} ;; esac; done
        mkdir -p "$NOTES/$4"
        cp "$folder"/* "$NOTES/$4/"
        ls -l "$folder" >>"$NOTES/modes" ;;
esac
"""


def run_script(trial: Trial, script: str) -> subprocess.CompletedProcess[str]:
    tools = trial.place / "tools"
    (trial.place / "notes").mkdir(exist_ok=True)
    (trial.place / "memory").mkdir(exist_ok=True)
    tools.mkdir(exist_ok=True)
    (tools / "kubectl").write_text(KUBECTL)
    (tools / "kubectl").chmod(0o700)
    (trial.place / "secrets.sh").write_text(script)
    environ = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "NOTES": str(trial.place / "notes"),
        "XDG_RUNTIME_DIR": str(trial.place / "memory"),
    }
    return subprocess.run(
        ["sh", "secrets.sh"], cwd=trial.place, env=environ, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.fast
def test_the_script_sends_what_each_pod_refers_to_and_nothing_through_a_command_line(rich: Trial) -> None:
    done = run_script(rich, kube.texts(kube.export(rich))["secrets.sh"])
    assert done.returncode == 0, done.stderr
    notes = rich.place / "notes"
    sent = {
        place.name: {f.name: f.read_bytes() for f in place.iterdir()} for place in notes.iterdir() if place.is_dir()
    }
    wanted = secrets_of(rich, "miner_1")
    assert {name: sent[name] for name in wanted} == wanted
    assert {name for name in sent if name.endswith("-wallet")} == {
        "trial-miner-1-wallet",
        "trial-miner-2-wallet",
        "trial-validator-1-wallet",
    }
    words = (notes / "argv").read_text() + done.stdout + done.stderr
    assert SECRET not in words
    assert "c0de" not in words
    assert {line[:10] for line in (notes / "modes").read_text().splitlines() if line[0] == "-"} == {"-rw-------"}
    assert list((rich.place / "memory").iterdir()) == []


@pytest.mark.fast
@pytest.mark.parametrize("file", ["hotkeys/h", "coldkeypub.txt"])
def test_the_script_sends_nothing_where_a_coldkey_lies_in_a_keys_place(rich: Trial, file: str) -> None:
    script = kube.texts(kube.export(rich))["secrets.sh"]
    path = rich.fleet.wallet_path / "wv" / file
    path.unlink()
    path.symlink_to(rich.fleet.wallet_path / "wv" / "coldkey")
    done = run_script(rich, script)
    assert (done.returncode, "is the coldkey" in done.stderr) == (1, True)
    assert not (rich.place / "notes" / "argv").exists()
    assert list((rich.place / "memory").iterdir()) == []


@pytest.mark.fast
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
def test_the_real_kubectl_makes_the_secret_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "API_KEY").write_text(SECRET)
    words = ["kubectl", "create", "secret", "generic", "x-env", "--namespace", "trial"]
    words += [f"--from-file={tmp_path}/new", "--dry-run=client", "-o", "yaml"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60, env={"HOME": str(tmp_path)})
    found = yaml.safe_load(done.stdout)
    assert (found["kind"], found["metadata"]["namespace"], list(found["data"])) == ("Secret", "trial", ["API_KEY"])


@pytest.mark.fast
@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "--image REGISTRY/NAME:TAG"),
        (("--image", "x", "--namespace", "Not_One"), "--namespace not-one-"),
        (("--image", "x", "--storage", "much"), "--storage 20Gi"),
    ],
)
def test_what_is_missing_or_wrong_is_said_with_what_to_type(
    trial: Trial, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    done = call(capsys, *EXPORT, *words)
    assert (done.code, says in done.err) == (2, True), done.err
    assert not (trial.place / "out").exists()


@pytest.mark.fast
def test_the_namespace_is_the_fleets_or_the_one_that_was_asked_for(
    trial: Trial, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, name in (((), "trial"), (("--namespace", "mining"), "mining")):
        assert call(capsys, *EXPORT, "--image", "x", *words).code == 0
        (found,) = yaml.safe_load_all((trial.place / "out" / "namespace.yaml").read_text())
        assert found["metadata"]["name"] == name
        rest = list(yaml.safe_load_all((trial.place / "out" / "fleet.yaml").read_text()))
        assert {each["metadata"]["namespace"] for each in rest} == {name}
        assert "Namespace" not in {each["kind"] for each in rest}


@pytest.mark.fast
def test_a_coldkey_a_mnemonic_and_a_secret_on_a_command_line_are_refused_by_name(
    rich: Trial, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_WORDS", PHRASE)
    (rich.place / "mine.bin").write_text(COLDKEY)
    text = (rich.place / "trial.yaml").read_text()
    text = text.replace("BEHAVIOUR: stubborn", "WORDS: $SOME_WORDS").replace(
        "stake: 1}", f"stake: 1, args: {{k: '{SECRET}'}}}}"
    )
    (rich.place / "trial.yaml").write_text(text)
    trials.written(rich.profile, {"PROBE_KEY": SECRET, "SOME_WORDS": PHRASE})
    done = call(capsys, *EXPORT, "--image", "x")
    assert done.code == 2
    assert "miner_1: " in done.err
    assert "conf/mine.bin is a keyfile" in done.err
    assert "miner_2: variable WORDS is a mnemonic" in done.err
    assert "would show the secret API_KEY" in done.err
    assert PHRASE not in done.err
    assert SECRET not in done.err
    assert not (rich.place / "out").exists()


@pytest.mark.fast
def test_files_that_no_config_map_holds_are_named(rich: Trial) -> None:
    export = kube.export(rich)
    contents = tuple(replace(each, public=b"x" * 600_000) for each in export.jobs[0].contents)
    big = replace(export, jobs=(replace(export.jobs[0], contents=contents), *export.jobs[1:]))
    assert kubernetes.unfit(export, kube.CLUSTER) == []
    assert kubernetes.unfit(big, kube.CLUSTER) == [
        "miner_1: its files are 2,400,000 bytes, and a ConfigMap holds 1,000,000"
    ]
    assert guard.faults(export, rich.wanted) == []
