from bringup.knowledge.refresh.requires import python_range, read_requires

JAX = """\
Metadata-Version: 2.4
Name: jax
Version: 0.8.0
Requires-Python: >=3.11
Requires-Dist: jaxlib<=0.8.0,>=0.8.0
Requires-Dist: ml_dtypes>=0.5.0
Requires-Dist: opt_einsum
Requires-Dist: not a requirement
Provides-Extra: cuda12
Requires-Dist: jax-cuda12-plugin[with-cuda]<=0.8.0,>=0.8.0; extra == "cuda12"
Provides-Extra: cuda12-local
Provides-Extra: cuda_old
Provides-Extra: docs
Requires-Dist: numpy ; (python_version < "3.12" or os_name == "nt") and extra == "docs"
Requires-Dist: sphinx ; extra == "docs"
Requires-Dist: scipy>=1.13 ; extra == "k8s" and python_version < '3.13'
Requires-Dist: nvidia-cudnn-cu12>=9; sys_platform == "linux"
Requires-Dist: jax[cuda12]; extra == "all"
"""


def test_only_what_decides_is_kept():
    plain, extras = read_requires("jax", JAX)
    assert plain == [
        "jaxlib<=0.8.0,>=0.8.0",
        "ml_dtypes>=0.5.0",
        'nvidia-cudnn-cu12>=9; sys_platform == "linux"',
    ]
    assert extras == {
        "all": ["jax[cuda12]"],
        "cuda-old": [],
        "cuda12": ["jax-cuda12-plugin[with-cuda]<=0.8.0,>=0.8.0"],
        "cuda12-local": [],
        "docs": ['numpy; python_version < "3.12" or os_name == "nt"'],
        "k8s": ['scipy>=1.13; python_version < "3.13"'],
    }


def test_extras_of_transformers_are_few():
    text = JAX.replace('extra == "docs"', 'extra == "torch"')
    assert set(read_requires("transformers", text)[1]) == {
        "torch",
        "cuda12",
        "cuda12-local",
        "cuda-old",
    }


def test_an_extra_inside_a_choice_stays_in_the_marker():
    row = 'numpy; extra == "a" or extra == "b"'
    plain, extras = read_requires("demo", f"Name: demo\nRequires-Dist: {row}\n")
    assert plain == [row]
    assert extras == {}


def test_the_range_of_pythons():
    assert python_range(JAX) == ">=3.11"
    assert python_range("Name: demo\n") is None
