from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from bringup.base.errors import BringupError
from bringup.pipeline.backends.torch.models import (
    build_model,
    load_trained,
    parameter_count,
    save_trained,
)

HEAD = "import torch\nfrom torch import nn\n\n"


def build(folder: Path, spec: str, **changes: Any) -> torch.nn.Module:
    arguments: dict[str, Any] = {"input_shape": [28, 28], "outputs": 10, "hidden": [128]}
    return build_model(spec, project_folder=folder, **{**arguments, **changes})


def user_file(folder: Path, body: str) -> str:
    (folder / "model.py").write_text(HEAD + body)
    return "model.py:Net"


@pytest.mark.parametrize(
    ("spec", "input_shape", "row_shape", "outputs", "parameters"),
    [
        ("mlp", [28, 28], (1, 28, 28), 10, 784 * 128 + 128 + 128 * 10 + 10),
        ("mlp", [10], (10,), 1, 10 * 128 + 128 + 128 + 1),
        ("cnn", [28, 28], (1, 28, 28), 10, 105866),
        ("cnn", [32, 40, 3], (3, 32, 40), 4, None),
    ],
)
def test_named_models(
    tmp_path: Path,
    spec: str,
    input_shape: list[int],
    row_shape: tuple[int, ...],
    outputs: int,
    parameters: int | None,
) -> None:
    model = build(tmp_path, spec, input_shape=input_shape, outputs=outputs)
    assert model(torch.zeros(3, *row_shape)).shape == (3, outputs)
    assert parameters in {None, parameter_count(model)}


def test_hidden_sizes_make_the_layers_of_mlp(tmp_path: Path) -> None:
    model = build(tmp_path, "mlp", hidden=[20, 30])
    shapes = [tuple(row.shape) for name, row in model.named_parameters() if "weight" in name]
    assert shapes == [(20, 784), (30, 20), (10, 30)]


@pytest.mark.parametrize("input_shape", [[10], [3, 28]])
def test_cnn_wants_images(tmp_path: Path, input_shape: list[int]) -> None:
    with pytest.raises(BringupError) as caught:
        build(tmp_path, "cnn", input_shape=input_shape)
    assert caught.value.code == "TRN009"


def test_the_users_class_is_told_shapes_that_it_asks_for(tmp_path: Path) -> None:
    spec = user_file(
        tmp_path,
        "class Net(nn.Module):\n"
        "    def __init__(self, outputs, *, input_shape, width=7):\n"
        "        super().__init__()\n"
        "        self.given = (outputs, input_shape, width)\n"
        "        self.layer = nn.Linear(784, outputs)\n"
        "    def forward(self, x):\n"
        "        return self.layer(x.flatten(1))\n",
    )
    assert build(tmp_path, spec).given == (10, (1, 28, 28), 7)


def test_the_users_file_may_import_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_model.py").write_text("SIZE = 10\n")
    spec = user_file(
        tmp_path,
        "from neighbour_of_model import SIZE\n"
        "class Net(nn.Sequential):\n"
        "    def __init__(self):\n"
        "        super().__init__(nn.Flatten(), nn.Linear(784, SIZE))\n",
    )
    assert build(tmp_path, spec)(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_trying_the_users_model_draws_no_random_number(tmp_path: Path) -> None:
    spec = user_file(
        tmp_path,
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.layer = nn.Linear(784, 10)\n"
        "    def forward(self, x):\n"
        "        return self.layer(x.flatten(1)) + torch.rand(())\n",
    )
    torch.manual_seed(3)
    torch.nn.Linear(784, 10)
    expected = torch.rand(2)
    torch.manual_seed(3)
    model = build(tmp_path, spec)
    assert torch.equal(torch.rand(2), expected)
    assert model.training


BROKEN: list[tuple[str, str, str]] = [
    ("class Net(nn.Module:\n    pass\n", "TRN003", "model.py:4: SyntaxError"),
    ("import no_such_library\n", "TRN003", "import no_such_library"),
    ("raise SystemExit(1)\n", "TRN003", "model.py:4: SystemExit"),
    ("class Other(nn.Module):\n    pass\n", "TRN004", "models in it: Other"),
    ("def Net():\n    pass\n", "TRN005", "torch.nn.Module"),
    (
        "class Net(nn.Module):\n    def __init__(self, depth):\n        super().__init__()\n",
        "TRN006",
        "depth",
    ),
    (
        "class Net(nn.Module):\n    def __init__(self):\n        self.layer = nn.Linear(2, 2)\n",
        "TRN006",
        "model.py:6: AttributeError",
    ),
    (
        "class Net(nn.Module):\n    def forward(self, x):\n        return x @ torch.zeros(5, 10)\n",
        "TRN007",
        "return x @ torch.zeros(5, 10)",
    ),
    (
        "class Net(nn.Sequential):\n"
        "    def __init__(self):\n"
        "        super().__init__(nn.Flatten(), nn.Linear(784, 9))\n",
        "TRN008",
        "[N, 9], expected [N, 10]",
    ),
    (
        "class Net(nn.Module):\n    def forward(self, x):\n        return x.flatten(1), 1\n",
        "TRN008",
        "tuple",
    ),
]


@pytest.mark.parametrize(("body", "code", "words"), BROKEN, ids=[row[2] for row in BROKEN])
def test_faults_of_the_users_file_show_the_line(
    tmp_path: Path, body: str, code: str, words: str
) -> None:
    with pytest.raises(BringupError) as caught:
        build(tmp_path, user_file(tmp_path, body))
    assert caught.value.code == code
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BringupError) as caught:
        build(tmp_path, "nothing.py:Net")
    assert caught.value.code == "TRN002"


def test_a_model_that_fails_in_training_shows_the_line(digits_work: Any) -> None:
    spec = user_file(
        digits_work.root,
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.layer = nn.Linear(64, 10)\n"
        "    def forward(self, x):\n"
        "        if len(x) == 1003 % 32:\n"
        "            raise ValueError('a short batch')\n"
        "        return self.layer(x.flatten(1))\n",
    )
    with pytest.raises(BringupError) as caught:
        digits_work.run(digits_work.request(model=spec))
    assert caught.value.code == "TRN016"
    assert "model.py:10: ValueError: a short batch" in str(caught.value)


def test_a_model_without_parameters_is_said(digits_work: Any) -> None:
    spec = user_file(
        digits_work.root,
        "class Net(nn.Module):\n    def forward(self, x):\n        return x.flatten(1)[:, :10]\n",
    )
    with pytest.raises(BringupError) as caught:
        digits_work.run(digits_work.request(model=spec))
    assert caught.value.code == "TRN015"


def test_tied_weights_are_saved_and_loaded(tmp_path: Path) -> None:
    spec = user_file(
        tmp_path,
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.first = nn.Linear(784, 784)\n"
        "        self.second = nn.Linear(784, 784)\n"
        "        self.second.weight = self.first.weight\n"
        "    def forward(self, x):\n"
        "        return self.second(self.first(x.flatten(1)))[:, :10]\n",
    )
    model = build(tmp_path, spec).eval()
    description = {"model": spec, "input_shape": [28, 28], "outputs": 10, "hidden": []}
    save_trained(tmp_path / "train", model, description)
    again = load_trained(tmp_path / "train", tmp_path)
    rows = torch.randn(4, 1, 28, 28)
    assert torch.equal(again(rows), model(rows))
    assert not again.training


def test_weights_that_do_not_fit_are_said(tmp_path: Path) -> None:
    model = build(tmp_path, "mlp", hidden=[5])
    description = {"model": "mlp", "input_shape": [28, 28], "outputs": 10, "hidden": [6]}
    save_trained(tmp_path, model, description)
    with pytest.raises(BringupError) as caught:
        load_trained(tmp_path, tmp_path)
    assert caught.value.code == "TRN010"
