namespace AtomSets.Models.Classical.Trees;

/// <summary>Binary trees, one after the other, each in preorder: a row with x[column] ≤ threshold goes to the next node, the others to
/// <c>Right</c>.</summary>
sealed class TreeNodes
{
    const string Nodes = "trees.nodes", Sizes = "trees.sizes", Width = "trees.columns";

    readonly List<TreeNode> _nodes = [];
    readonly List<int> _roots = [];

    public int Trees => _roots.Count;

    /// <summary>Begins another tree.</summary>
    public void BeginTree() => _roots.Add(_nodes.Count);

    /// <summary>Adds a leaf of the last tree; <see cref="MakeSplit"/> may turn it into a split.</summary>
    /// <returns>Its index.</returns>
    public int AddLeaf(double value)
    {
        _nodes.Add(new TreeNode(-1, (float)value, 0));
        return _nodes.Count - 1;
    }

    public void MakeSplit(int node, int column, float threshold) => _nodes[node] = new TreeNode(column, threshold, 0);

    /// <summary>The next node added is the right child of <paramref name="node"/>.</summary>
    public void RightBegins(int node) => _nodes[node] = _nodes[node] with { Right = _nodes.Count - _roots[^1] };

    public void AddTo(FittedTensors tensors, int columns)
    {
        // Preorder tells which node is whose right child.
        var values = new float[2 * _nodes.Count];
        for (var i = 0; i < _nodes.Count; i++) (values[2 * i], values[2 * i + 1]) = (_nodes[i].Column, _nodes[i].Number);
        tensors.Add(Nodes, _nodes.Count, 2, values);
        tensors.Add(Sizes, 1, _roots.Count, [.. _roots.Select((root, tree) => (float)((tree + 1 < _roots.Count ? _roots[tree + 1] : _nodes.Count) - root))]);
        tensors.Add(Width, columns);
    }

    /// <summary>Reads trees and checks that every way down one ends.</summary>
    /// <exception cref="ModelException">They are damaged.</exception>
    public static TreeWalk Read(FittedTensors tensors)
    {
        var (matrix, sizes, columns) = (tensors.Read(Nodes, columns: 2), tensors.Read(Sizes, rows: 1), (int)tensors.ReadNumber(Width));
        var nodes = new TreeNode[matrix.Rows];
        for (var i = 0; i < nodes.Length; i++) nodes[i] = new TreeNode((int)matrix.Values[2 * i], matrix.Values[2 * i + 1], 0);
        var (roots, root, open) = (new int[sizes.Columns], 0, new Stack<int>());
        for (var tree = 0; tree < roots.Length; tree++)
        {
            var size = (int)sizes.Values[tree];
            if (size < 1 || size > nodes.Length - root) throw new ModelException($"tree {tree} has {size} nodes of {nodes.Length - root}");
            for (var i = 0; i < size; i++)
            {
                var column = nodes[root + i].Column;
                var isRight = i > 0 && nodes[root + i - 1].Column < 0;
                if (column < -1 || column >= columns || (isRight && open.Count == 0) || (i == size - 1 && (column >= 0 || open.Count > (isRight ? 1 : 0))))
                    throw new ModelException($"node {i} of tree {tree} is damaged");
                if (isRight && open.Pop() is var parent) nodes[parent] = nodes[parent] with { Right = i };
                if (column >= 0) open.Push(root + i);
            }
            roots[tree] = root;
            root += size;
        }
        if (root != nodes.Length) throw new ModelException($"the trees have {root} nodes, there are {nodes.Length}");
        return new TreeWalk(nodes, roots, columns);
    }
}

/// <summary>One node.</summary>
/// <param name="Column">Column that is looked at; −1: a leaf.</param>
/// <param name="Number">The threshold, or the leaf's value.</param>
/// <param name="Right">Right child, from the tree's root.</param>
readonly record struct TreeNode(int Column, float Number, int Right);

/// <summary>Trees ready to predict.</summary>
sealed class TreeWalk(TreeNode[] nodes, int[] roots, int columns)
{
    public int Trees => roots.Length;

    /// <summary>Adds the sum over all trees to <paramref name="sums"/> [rows].</summary>
    public void AddTo(Matrix rows, Span<double> sums)
    {
        if (rows.Columns != columns) throw new ModelException($"the inputs have {rows.Columns} columns, the trees were fitted to {columns}");
        // Tree by tree: its nodes stay in cache for all rows.
        foreach (var root in roots)
        {
            for (var row = 0; row < rows.Rows; row++)
            {
                var values = rows[row];
                var at = root;
                var node = nodes[at];
                while (node.Column >= 0)
                {
                    at = values[node.Column] <= node.Number ? at + 1 : root + node.Right;
                    node = nodes[at];
                }
                sums[row] += node.Number;
            }
        }
    }
}
