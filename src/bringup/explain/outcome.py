"""How it went on after a line: what the program did next outweighs an earlier complaint.

A retry that then succeeds, a warning before training that runs, an event that a later one settles:
none is a failure. Three kinds of lines say so: signs that the work went on, signs that it ended
badly, and commands that a person typed (what follows them is another program's outcome).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bringup.explain.model import Pattern
from bringup.explain.scan import Hits
from bringup.explain.words import Need, need_of

Ending = Literal["stops", "retried", "cpu", "silent"]
ENDINGS: Final = ("stops", "retried", "cpu", "silent")
"""How a program goes on that meets a cause: not at all; after trying again; on the CPU, where it
should have used the GPU; in any way, so that nothing can be told from it."""

_GOOD: Final = (
    # Training, measuring, answering.
    r"\b(?:epochs?|steps?|iter|iterations?)\b\W{0,4}\d.{0,120}\b(?:loss|acc|accuracy|mfu)\b",
    r"\b(?:train_|val_|eval_)?loss\W{1,4}\d",
    r"\d ?(?:it|tok|tokens?|images?|img|samples?|MB)/s\b|\d ?TFLOP|\bfps\W{1,3}\d",
    r"100%\|.{0,60}\d+/\d+ \[",
    r"\bthroughput\b.{0,20}\d|\blatency\b.{0,20}\d|\bbandwidth +: \d|tokens per second",
    r"Training (?:complete|finished|done)|Finished training|train_runtime|max_epochs=\d+' reached",
    r"\b(?:saved|wrote|written|saving) (?:the )?(?:model|checkpoint|\d)|checkpoint saved",
    r"\b(?:trial|job|stage|task|step|run|build|pipeline)\b.{0,60} (?:completed|finished|succeeded)",
    # Installing and building.
    r"^Successfully (?:installed|built|tagged|downloaded|pulled)",
    r"^Installed \d+ packages?|^Audited \d+ packages?|^added \d+ packages?",
    r"^DONE \d+\.\d+s|Executing transaction: .{0,3}done|Transaction finished|Writing lock file",
    r"^Setting up [\w.+:-]+ \(|Processing triggers for|install completed|^Complete!$",
    r"requested packages already installed|group successfully finished|successfully acquired",
    r"Downloaded newer image|Image is up to date|Built target|have been written to|"
    r"Linking \w+ (?:shared|executable|static)|^\w{1,6} +Container .{1,80} (?:Started|Healthy)",
    r"^Container .{1,80} (?:Started|Healthy|Running)",
    r"\b(?:retry|retrying|attempt|connection|request|download|upload|import|restore)\b.{0,80}"
    r"\b(?:succeeded|successful|re-?established|restored)\b",
    r"(?:succeeded|resolved|recovered|reconnected|restored|connected) after\b|"
    r"resuming normal operation|back online|successfully (?:re)?connected|\breconnected\b",
    # Servers and clusters.
    r"^(?:Started|Finished) [\w.@-]{1,80}\.(?:service|socket)\b|API listen on",
    r"startup complete|(?:is )?running (?:on|at):? ?(?:local URL|http|port)|is running at",
    r"\blistening (?:on|at|for)\b|accept(?:ing)? connections|To see the GUI|Prompt executed in",
    r"Started (?:container|server process|GRPC|HTTPService|http)|successfully loaded|"
    r"successfully rolled out|STATUS: deployed|\b([1-9])/[1-9] +Running\b",
    r"Successfully (?:assigned|pulled|stopped|registered|connected|created)|Active: active \(runn",
    r"\bConnected to\b|\bis ready\b|\bready[.!]?$|\bREADY\b \||Registered device plugin",
    r"\"(?:GET|POST) /.{0,160}\" 200\b|\| 200 \|",
    r"Init COMPLETE|has been allocated resources|Hello from rank",
)
_FINAL: Final = (
    # What a test run, a job or a shell says at its end, of all that was before.
    r"\b\d+ passed\b.{0,80}\bin \d|^OK(?: \(.{1,60}\))?$|tests? passed|test result: ok",
    r"&&&& PASSED|^\W{0,4}\d+ passed\b|\b\d+ passed, 0 failed|BUILD SUCCESS|status=0/SUCCESS",
    r"\b(?:exit|exited|exitcode|returned)\W{0,3}(?:with )?(?:code|status)?\W{0,3}0(?:\b(?!\.)|:0)",
    r"\bCOMPLETED\b.{0,30}\b0:0|"
    r"\b(?:build|run|job|pipeline|workflow|deployment) (?:has )?succeeded",
)
_GPU: Final = (
    r"""\bdevice ?[=:] ?['"]?cuda\b|\bcuda\(id=\d|CudaDevice\(id=|\bcuda:\d""",
    r"device:GPU:\d+ with \d+ MB memory|\d ?TFLOP|found \d+ CUDA devices|library=cuda",
    r"CUDAExecutionProvider'?, .{0,40}in use|cuda .{0,40}\bok\b",
    # Or nobody wanted one.
    r"no GPUs? (?:here|on this|in this)|(?:hosts?|nodes?|machine) (?:has|have|with) no GPU|"
    r"CPU[- ]only (?:image|host|node|pool|runner|worker|machine|box)|without (?:a )?GPU on purpose",
    r"(?:on|to) the CPU (?:by design|on purpose|as (?:configured|requested|intended))",
    r"no GPU .{0,40}is (?:expected|intended|fine)",
    r"--use-cpu|JAX_PLATFORMS=cpu|CUDA_VISIBLE_DEVICES=(?:''|\"\"|-1)(?: |$)|Device set to use cpu",
)
_BAD: Final = (
    r"^Traceback \(most recent call last\)",
    r"(?:^|[ ./(])[A-Z]\w{0,40}(?:Error|Exception|Interrupt)(?:: |$)",
    r"^(?:\w{1,24}: )?(?:fatal |critical )?error(?:\[\w{1,20}\])?(?::|\]| {2,}) ?\S",
    r"^ERROR\b|(?-i:[|\[( -]ERROR[\])|:])|- ERROR -|\| +ERROR +\||Z +ERROR +\w",
    r"\b(?:fatal error|fatal:|panic:|FATAL\b|CRITICAL\b|unrecoverable|giving up)",
    r"Exception (?:during|in|occurred)|terminate called|uncaught exception|unhandled exception",
    r"segmentation fault|core dumped|bus error|illegal instruction|^Aborted\b|\bAborting\b",
    r"(?:exited|exit|returned?|failed) (?:with )?(?:non-zero )?(?:exit )?(?:code|status):? -?[1-9]",
    r"non-zero exit|did not complete successfully|Failed with result|status=\d{1,3}/(?!SUCC)",
    r"\b(?:crashloopbackoff|imagepullbackoff|errimagepull|oomkilled|failedcreate)\b",
    r"^Killed$|Killed process|^npm ERR!|^make: \*\*\*|subcommand failed|build stopped",
    r"\b[1-9]\d{0,5} (?:failed|errors?)\b|^FAILED\b|FAILURES|Assertion .{0,80}failed",
)
_TYPED: Final = (
    # A prompt, and a command that people type; and the prompts of interpreters.
    r"^(?:\(\S{1,40}\) ?)?(?:[\w.@~:/-]{0,80}|\[[\w.@~: /-]{1,60}\]) ?[$#%>] ?"
    r"(?:\w{2,40}=\S{0,80} ){0,3}(?:\w{2,8} )?(?:-\w{1,9} |\d{1,4} ){0,3}\S{0,60}(?:"
    + "|".join(
        """
        python pip3? uv conda mamba poetry docker podman kubectl helm nvidia nvcc sudo apt yum dnf
        srun sbatch apptainer singularity module source export echo printenv env grep egrep cat
        tail head less ls lsmod lspci modprobe ldd ldconfig find file stat df du free ulimit uname
        whoami dmesg journalctl systemctl service mount chmod chown mkdir ssh curl wget ping nc git
        make cmake ninja bash node npm java ray mpirun torchrun accelerate jupyter pytest which
        type wsl unset cd rm mv cp ln ps kill getent rpm dpkg vllm ollama
        """.split()  # noqa: SIM905 - one list to read
    )
    + r")(?:\b|\d)",
    r"^PS [A-Z]:\\|^[A-Z]:\\[^>]{0,120}> ?\S|^>>> \S|^In \[\d{1,4}\]:",
)


def _table(texts: Iterable[str]) -> dict[Pattern, Need]:
    return {Pattern(text): need_of(text) for text in texts}


GOOD: Final = _table(_GOOD)
"""The work went on or is done."""
FINAL: Final = _table(_FINAL)
"""All that was before came to a good end."""
GPU: Final = _table(_GPU)
"""The GPU is used, or it is said that none is wanted."""
BAD: Final = _table(_BAD)
"""It ended badly."""
TYPED: Final = _table(_TYPED)
"""Somebody typed a command."""


def needs() -> dict[Pattern, Need]:
    """Return the patterns with what they need."""
    return {**GOOD, **FINAL, **GPU, **BAD, **TYPED}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The numbers of the lines of each kind, in order, and what they say together."""

    good: tuple[int, ...] = ()
    final: tuple[int, ...] = ()
    gpu: tuple[int, ...] = ()
    bad: tuple[int, ...] = ()
    typed: tuple[int, ...] = ()

    def over(self, last: int, ending: str) -> bool:
        """Say whether what line ``last`` tells (the last one that shows a cause) is over.

        Args:
            last: the line's number.
            ending: how programs go on that meet the cause, one of ``ENDINGS``.
        """
        if ending == "silent":
            return False
        stop = next((number for number in self.typed if number > last), self.end)

        def then(numbers: tuple[int, ...]) -> int:
            """Return the last of these lines that the same command wrote, 0 for none."""
            return max((number for number in numbers if last < number < stop), default=0)

        worst = max(self.bad, default=0)
        if ending == "cpu":
            return then(self.gpu) > 0 and not worst
        if then(self.final) > worst:
            return True
        good = max(then(self.good), then(self.final))
        return good > (worst if ending == "retried" else 0) and (ending == "retried" or not worst)

    @property
    def end(self) -> int:
        """A number behind all of these lines."""
        lines = (*self.good, *self.final, *self.gpu, *self.bad, *self.typed)
        return max(lines, default=0) + 1


def outcome_of(found: Mapping[Pattern, Hits], quiet: set[int]) -> Outcome:
    """Return how a log goes; ``quiet`` are the lines that a harmless text explains."""

    def lines(patterns: Iterable[Pattern]) -> tuple[int, ...]:
        return tuple(sorted({hit.number for one in patterns for hit in found.get(one, ())}))

    bad = tuple(number for number in lines(BAD) if number not in quiet)
    return Outcome(lines(GOOD), lines(FINAL), lines(GPU), bad, lines(TYPED))
