"""Causes that any program can have; a pack's own come before them."""

from __future__ import annotations

from netctl.cause import Cause, Place

_STREAMS: tuple[Place, ...] = ("stderr", "stdout")
_AGAIN = "netctl fleet up"

CAUSES: tuple[Cause, ...] = (
    Cause(
        name="killed_for_memory",
        look=("exit",),
        match=r"kills for want of memory meanwhile: (?P<kills>[1-9]\d*)",
        exits=("signal SIGKILL",),
        says="it was killed while the kernel killed {{ kills }} process(es) of this machine for want of memory",
        next="free -h; a smaller fleet, or more memory, then netctl fleet up",
    ),
    Cause(
        name="out_of_memory",
        look=("stderr",),
        match=r"\bMemoryError\b|std::bad_alloc|Cannot allocate memory|CUDA out of memory",
        says="it ran out of memory",
        next="free -h; then netctl fleet up",
    ),
    Cause(
        name="disk_full",
        look=_STREAMS,
        match=r"No space left on device|database or disk is full",
        says="the disk is full",
        next="df -h {{ paths.work }}",
        alive=True,
    ),
    Cause(
        name="interpreter_missing",
        look=("stderr",),
        match=r"(?:env: .?|exec: )(?P<program>[^'\u2019:]*python[^'\u2019:]*).?: "
        r"(No such file or directory|Permission denied|not found)",
        exits=("exit 126", "exit 127"),
        says="its interpreter {{ program }} is not there, or may not be run",
        next="netctl neurons install",
    ),
    Cause(
        name="command_missing",
        look=("exit",),
        match=r"exit 127",
        says="a program that it starts is not there",
        next="netctl logs {{ neuron.name }} --err",
    ),
    Cause(
        name="command_refused",
        look=("exit",),
        match=r"exit 126",
        says="a program that it starts may not be run",
        next="netctl logs {{ neuron.name }} --err",
    ),
    Cause(
        name="directory_missing",
        look=("exit",),
        match=r"exit 111",
        says="its working directory {{ paths.work }} was not there, or may not be entered",
        next=_AGAIN,
    ),
    Cause(
        name="port_in_use",
        look=_STREAMS,
        match=r"(?i)\[Errno 98\]|address already in use",
        says="a port that it wants is in use",
        next="netctl doctor",
        alive=True,
    ),
    Cause(
        name="port_of_another",
        look=("probe",),
        match=r"its port (?P<port>\d+), which pid (?P<pid>\d+) holds",
        says="port {{ port }} belongs to another process, pid {{ pid }}: nothing that asks this neuron reaches it",
        next="ps -fp {{ pid }}; end it, then netctl fleet restart --neuron {{ neuron.name }}",
        alive=True,
    ),
    Cause(
        name="module_missing",
        look=("stderr",),
        match=r"ModuleNotFoundError: No module named '(?P<module>[^']+)'",
        says="the Python module {{ module }} is not there for its interpreter",
        next="netctl neurons install",
    ),
    Cause(
        name="import_failed",
        look=("stderr",),
        match=r"ImportError: (?P<what>.+)",
        says="an import failed: {{ what }}",
        next="netctl neurons install",
    ),
    Cause(
        name="keyfile_unread",
        look=("stderr",),
        match=r"Failed to parse keyfile data",
        says="its SDK cannot read a keyfile: bittensor-wallet before 4.1 reads none of those that btcli 11 writes",
        next="{{ code.python }} -m pip install 'bittensor-wallet>=4.1,<5'",
    ),
    Cause(
        name="permission_denied",
        look=_STREAMS,
        match=r"PermissionError: \[Errno 13\] Permission denied(?:: '(?P<path>[^']+)')?",
        says="it may not read or write {{ path or 'a file' }}",
        next="ls -ld {{ path or paths.work }}",
    ),
    Cause(
        name="chain_refused",
        look=("stderr",),
        match=r"\bConnection(Refused)?Error\b.*(Connection refused|Connect call failed)|Name or service not known"
        r"|Temporary failure in name resolution",
        says="nobody answers where it connects to",
        next="netctl doctor",
    ),
    Cause(
        name="too_many_files",
        look=_STREAMS,
        match=r"Too many open files",
        says="it has more files and connections open than it may",
        next="ulimit -n; raise it, then netctl fleet restart --neuron {{ neuron.name }}",
        alive=True,
    ),
    Cause(
        name="killed",
        look=("exit",),
        match=r"signal (?P<signal>SIG(KILL|TERM|INT|QUIT|HUP|USR1|USR2|ALRM|XCPU|XFSZ|PIPE))",
        says="it was ended from outside by {{ signal }}, and netctl did not do it",
        next=_AGAIN,
    ),
    Cause(
        name="crashed",
        look=("exit",),
        match=r"signal (?P<signal>SIG(SEGV|ABRT|BUS|FPE|ILL|SYS|TRAP))",
        says="it crashed with {{ signal }}: in compiled code, not in Python",
        next="netctl logs {{ neuron.name }} --err",
    ),
    Cause(
        name="uncaught_error",
        look=("stderr",),
        match=r"^[\s|]*(?P<error>(?:[A-Za-z_][\w]*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Fault|Refused))"
        r"(?:: (?P<text>.*))?$",
        says="nothing in its code caught this: {{ error }}{{ ': ' ~ text if text else '' }}",
        next="netctl logs {{ neuron.name }} --err",
    ),
    Cause(
        name="done",
        look=("exit",),
        match=r"exit 0",
        says="it ended by itself with exit code 0, as if its work were done",
        next=_AGAIN,
    ),
)
