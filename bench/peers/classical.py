"""A classical model in scikit-learn.

    fit SEED   -> {"seconds": time of the fit, "predict_seconds": of the test rows, "mae": in the target's unit}

Standardising is part of both times, as on the other side.
"""
import base64
import json
import sys
import time

from peer import answer


def main():
    try:
        import numpy
        import sklearn
        from sklearn import ensemble, linear_model, neighbors, pipeline, preprocessing, svm
    except ImportError as failure:
        answer({"missing": f"{failure}; install python3-sklearn"})
        return
    with open(sys.argv[1]) as file:
        data = json.load(file)
    estimator = next(getattr(module, data["estimator"]) for module in (ensemble, linear_model, neighbors, svm) if hasattr(module, data["estimator"]))

    def matrix(name):
        return numpy.frombuffer(base64.b64decode(data[name]), dtype="<f4").reshape(-1, data["width"])

    train, test = matrix("train"), matrix("test")
    train_targets, test_targets = numpy.array(data["train_targets"]), numpy.array(data["test_targets"])
    answer({"ready": f"scikit-learn {sklearn.__version__}"})
    for line in sys.stdin:
        settings = dict(data["settings"])
        if data["drawn"]:
            settings["random_state"] = int(line.split()[1])
        model = estimator(**settings)
        if data["standardise"]:
            model = pipeline.make_pipeline(preprocessing.StandardScaler(), model)
        start = time.perf_counter()
        model.fit(train, train_targets)
        fitted = time.perf_counter()
        predictions = model.predict(test) * data["deviation"] + data["mean"]
        predicted = time.perf_counter()
        answer({"seconds": fitted - start, "predict_seconds": predicted - fitted, "mae": float(numpy.abs(predictions - test_targets).mean())})


main()
