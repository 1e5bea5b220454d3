from bringup.base.evidence import Evidence, Metric


def test_evidence_survives_json():
    evidence = Evidence(
        stage="evaluate",
        status="failed",
        seconds=1.23456,
        metrics={"accuracy": Metric(0.98, 0.97, 0.99).to_json()},
        gates={"accuracy": {"condition": ">= 0.983", "value": 0.98, "holds": False}},
        inputs={"lock": "sha256:1"},
        outputs={"evaluation.json": "sha256:2"},
        because=("it has not run yet",),
        details={"confusion": [[1]]},
    )
    document = evidence.to_json()
    assert document["seconds"] == 1.235
    assert document["confusion"] == [[1]]
    assert document["metrics"]["accuracy"] == {"value": 0.98, "low": 0.97, "high": 0.99}
    assert Evidence.from_json(document).to_json() == document


def test_a_metric_says_only_what_is_known():
    assert Metric(3.0, unit="s").to_json() == {"value": 3.0, "unit": "s"}
