"""The user's own model class, imported from the project folder by path."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import inspect
import linecache
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import torch
from torch import Tensor, nn

from bringup.base.errors import BringupError

_DRY_ROWS: Final = 2
_NOT_DETERMINISTIC: Final = "does not have a deterministic implementation"


def build_user_model(
    spec: str, input_shape: tuple[int, ...], outputs: int, project_folder: Path
) -> nn.Module:
    """Build ``file.py:Class`` and try it on two rows of zeros.

    The class is called with ``input_shape`` (of a standardised row) and ``outputs`` where its
    signature names them.

    Raises:
        BringupError: TRN002, no such file; TRN003, it does not import; TRN004, no such class;
            TRN005, no ``nn.Module``; TRN006, building it fails; TRN007, its forward fails;
            TRN008, its output has another shape than [N, outputs].
    """
    file_name, _, class_name = spec.partition(":")
    path = (project_folder / file_name).resolve()
    cls = _model_class(_import_file(path, project_folder), class_name, path)
    arguments = {"input_shape": input_shape, "outputs": outputs}
    try:
        model = cls(**_accepted(cls, arguments))
    except Exception as error:
        raise BringupError("TRN006", model=spec, where=_where(error, path)) from error
    _check_forward(model, spec, path, input_shape, outputs)
    return model


@contextlib.contextmanager
def faults_of_model(spec: str, project_folder: Path) -> Iterator[None]:
    """Turn what a model raises while it is trained into errors that people can read.

    Raises:
        BringupError: TRN013, an operation has no deterministic form; TRN016, the user's own
            model failed.
    """
    try:
        yield
    except RuntimeError as error:
        if _NOT_DETERMINISTIC in str(error):
            raise BringupError("TRN013", reason=str(error).partition(".")[0]) from error
        _raise_with_line(error, spec, project_folder)
        raise
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        _raise_with_line(error, spec, project_folder)
        raise


def _raise_with_line(error: Exception, spec: str, project_folder: Path) -> None:
    """Raise TRN016 when a line of the user's model is on the error's way."""
    # Memory that ran out is no fault of the line where it happened to run out.
    if ":" not in spec or "memory" in str(error).lower():
        return
    path = (project_folder / spec.partition(":")[0]).resolve()
    where = _where(error, path)
    if where.startswith(f"{path.name}:"):
        raise BringupError("TRN016", model=spec, where=where) from error


def _import_file(path: Path, project_folder: Path) -> ModuleType:
    if not path.is_file():
        raise BringupError("TRN002", path=path)
    name = f"bringup_user_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BringupError("TRN002", path=path)
    # The file may import its neighbours. Last on the path, so that none of them hides a library.
    if str(project_folder) not in sys.path:
        sys.path.append(str(project_folder))
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickles look their module up by name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise BringupError("TRN003", path=path, where=_where(error, path)) from error
    return module


def _model_class(module: ModuleType, class_name: str, path: Path) -> type[nn.Module]:
    cls = getattr(module, class_name, None)
    if cls is None:
        found = [
            name
            for name, value in vars(module).items()
            if isinstance(value, type)
            and issubclass(value, nn.Module)
            and value.__module__ == module.__name__
        ]
        raise BringupError(
            "TRN004", path=path, name=class_name, found=", ".join(sorted(found)) or "-"
        )
    if not (isinstance(cls, type) and issubclass(cls, nn.Module)):
        raise BringupError("TRN005", path=path, name=class_name)
    return cls


def _accepted(cls: type[nn.Module], arguments: dict[str, object]) -> dict[str, object]:
    """Return those of ``arguments`` that the class takes by name."""
    parameters = inspect.signature(cls).parameters
    return {
        name: value
        for name, value in arguments.items()
        if name in parameters and parameters[name].kind is not inspect.Parameter.POSITIONAL_ONLY
    }


def _check_forward(
    model: nn.Module, spec: str, path: Path, input_shape: tuple[int, ...], outputs: int
) -> None:
    training = model.training
    random_state = torch.get_rng_state()
    model.eval()
    try:
        with torch.no_grad():
            answer = model(torch.zeros(_DRY_ROWS, *input_shape))
    except Exception as error:
        shape = ["N", *input_shape]
        raise BringupError(
            "TRN007", model=spec, shape=_shape_text(shape), where=_where(error, path)
        ) from error
    finally:
        model.train(training)
        torch.set_rng_state(random_state)
    if not isinstance(answer, Tensor) or tuple(answer.shape) != (_DRY_ROWS, outputs):
        found = (
            _shape_text(["N", *answer.shape[1:]])
            if isinstance(answer, Tensor) and answer.shape[:1] == (_DRY_ROWS,)
            else _shape_text(list(answer.shape))
            if isinstance(answer, Tensor)
            else type(answer).__name__
        )
        raise BringupError("TRN008", model=spec, expected=_shape_text(["N", outputs]), found=found)


def _shape_text(shape: list[object]) -> str:
    return f"[{', '.join(str(size) for size in shape)}]"


def _where(error: BaseException, path: Path) -> str:
    """Return the line of the user's file that failed, with the reason.

    Syntax errors carry their place; for others it is the last frame inside the file.
    """
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename:
        reason = f"SyntaxError: {error.msg}"
        return _place(Path(error.filename), error.lineno or 0, reason)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).resolve() == path
    ]
    if not frames:
        return reason
    return _place(path, frames[-1].lineno or 0, reason)


def _place(path: Path, line: int, reason: str) -> str:
    text = linecache.getline(str(path), line).strip()
    return f"{path.name}:{line}: {reason}\n    {text}"
