"""Optuna as a searcher that is asked and told; the other side computes the values.

    study SEED DIMENSIONS LOW HIGH PRUNES  -> a new study
    ask                                    -> {"x": [...]} of the next trial
    report N EPOCH VALUE                   -> {"prune": bool}; a pruned trial has ended
    tell N VALUE                           -> the trial has ended
"""
import sys

from peer import answer


def main():
    try:
        import optuna
    except ImportError as failure:
        answer({"missing": f"{failure}; install python3-optuna"})
        return
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    answer({"ready": f"Optuna {optuna.__version__}"})
    for line in sys.stdin:
        command, *words = line.split()
        if command == "study":
            seed, dimensions, low, high, prunes = int(words[0]), int(words[1]), float(words[2]), float(words[3]), words[4] == "1"
            pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3) if prunes else optuna.pruners.NopPruner()
            study, trials = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed), pruner=pruner), []
            answer({})
        elif command == "ask":
            trials.append(study.ask())
            answer({"x": [trials[-1].suggest_float(f"x{i}", low, high) for i in range(dimensions)]})
        elif command == "report":
            trial = trials[int(words[0])]
            trial.report(float(words[2]), int(words[1]))
            prune = trial.should_prune()
            if prune:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            answer({"prune": prune})
        elif command == "tell":
            study.tell(trials[int(words[0])], float(words[1]))
            answer({})


main()
