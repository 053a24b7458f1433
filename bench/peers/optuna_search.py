"""Optuna as a searcher that is asked and told; the other side computes the values.

    study {"seed", "sampler", "options", "prunes", "space"}   -> a new study; options are switches of the TPE sampler
    ask                                                       -> the drawn values of the next trial, by name
    report N EPOCH VALUE                                      -> {"prune": bool}; a pruned trial has ended
    tell N VALUE                                              -> the trial has ended
"""
import json
import sys

from peer import answer


def draw(trial, space):
    drawn = {}
    for dimension in space:
        name, when = dimension["name"], dimension.get("when")
        if when and drawn.get(when["name"]) not in when["values"]:
            continue
        if dimension["kind"] == "float":
            drawn[name] = trial.suggest_float(name, dimension["low"], dimension["high"])
        elif dimension["kind"] == "int":
            drawn[name] = trial.suggest_int(name, dimension["low"], dimension["high"])
        else:
            drawn[name] = trial.suggest_categorical(name, dimension["choices"])
    return drawn


def main():
    try:
        import optuna
    except ImportError as failure:
        answer({"missing": f"{failure}; install python3-optuna"})
        return
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    answer({"ready": f"Optuna {optuna.__version__}"})
    for line in sys.stdin:
        command, *words = line.split(maxsplit=1)
        if command == "study":
            given = json.loads(words[0])
            pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3) if given["prunes"] else optuna.pruners.NopPruner()
            options = {option: True for option in given["options"]}
            sampler = optuna.samplers.TPESampler(seed=given["seed"], **options) if given["sampler"] == "tpe" else optuna.samplers.RandomSampler(seed=given["seed"])
            study, trials, space = optuna.create_study(sampler=sampler, pruner=pruner), [], given["space"]
            answer({})
        elif command == "ask":
            trials.append(study.ask())
            answer(draw(trials[-1], space))
        elif command == "report":
            number, epoch, value = words[0].split()
            trial = trials[int(number)]
            trial.report(float(value), int(epoch))
            prune = trial.should_prune()
            if prune:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            answer({"prune": prune})
        elif command == "tell":
            number, value = words[0].split()
            study.tell(trials[int(number)], float(value))
            answer({})


main()
