using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>A classical model with the settings that both sides get.</summary>
/// <param name="Kind">Our kind.</param>
/// <param name="Peer">scikit-learn's estimator.</param>
/// <param name="Ours">Our settings.</param>
/// <param name="Theirs">The same in scikit-learn's names.</param>
/// <param name="IsStandardised">Whether inputs are brought to mean 0 and deviation 1.</param>
/// <param name="IsDrawn">Whether the seed matters.</param>
sealed record ClassicalMethod(
    string Kind, string Peer, (string Name, object Value)[] Ours, (string Name, JsonNode Value)[] Theirs, bool IsStandardised = false, bool IsDrawn = false)
{
    public static IReadOnlyList<ClassicalMethod> All { get; } =
    [
        new("ridge", "Ridge", [("alpha", 1.0)], [("alpha", 1.0)], IsStandardised: true),
        new("elastic_net", "ElasticNet", [("alpha", 0.01), ("l1_ratio", 0.5)], [("alpha", 0.01), ("l1_ratio", 0.5), ("max_iter", 10000), ("precompute", true)], IsStandardised: true),
        new("knn", "KNeighborsRegressor", [("n_neighbors", 5L), ("weights", "distance"), ("standardise", true)],
            [("n_neighbors", 5), ("weights", "distance"), ("algorithm", "brute")], IsStandardised: true),
        new("svr", "SVR", [("c", 10.0), ("epsilon", 0.1)], [("C", 10.0), ("epsilon", 0.1), ("cache_size", 512)], IsStandardised: true),
        new("random_forest", "RandomForestRegressor", [("n_estimators", 100L), ("max_features", 0.33)], [("n_estimators", 100), ("max_features", 0.33)], IsDrawn: true),
        new("extra_trees", "ExtraTreesRegressor", [("n_estimators", 100L), ("max_features", 0.33)], [("n_estimators", 100), ("max_features", 0.33)], IsDrawn: true),
        new("gradient_boosting", "HistGradientBoostingRegressor", [("n_estimators", 200L), ("learning_rate", 0.05)],
            [("max_iter", 200), ("learning_rate", 0.05), ("early_stopping", false)]),
    ];
}
