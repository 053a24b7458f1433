using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AtomSets.Materials;

/// <summary>
/// Finds all pairs of atoms within a distance in a periodic cell. Holds its buffers, so that one instance per thread searches many crystals
/// without garbage; results stay valid until the next search.
/// </summary>
/// <remarks>
/// Atoms are brought into the cell and every image that can reach it is laid out as a point ("ghost"), by neighbour and then by image; each centre then
/// compares against all points, or, for large cells, against the 27 bins around it. Points are tested in the same arithmetic either way and hits
/// leave in the order of the points, so the result does not depend on the path. No fused multiply-add: the same bits on every processor.
/// </remarks>
sealed partial class NeighborSearch
{
    /// <summary>Pairs this much beyond the cutoff still count: the numerical tolerance of MEGNet's graphs.</summary>
    internal const double ToleranceAngstrom = 1e-8;

    const int MaxPoints = 5_000_000;
    const int MaxEdges = 50_000_000;
    const double MaxRows = 50_000_000;
    const long BinningWorth = 400_000; // comparisons below which bins cost more than they save

    [ThreadStatic]
    static NeighborSearch? s_shared;

    int _atoms;
    double[] _inCell = [];      // [atoms × 3] fractional, in [0, 1)
    int[] _shift = [];          // [atoms × 3] floor of the given coordinates
    double[] _centers = [];     // [atoms × 3] Å
    int[] _home = [];           // [atoms] the point that is the atom itself

    int _points;
    double[] _x = [], _y = [], _z = [];  // [points] Å
    int[] _pointAtom = [];
    int[] _pointImage = [];     // [points × 3], relative to the cell

    readonly PointBins _bins = new();
    readonly double[] _spacing = new double[3];
    readonly double[] _low = new double[3];
    readonly double[] _high = new double[3];

    int[] _offsets = [0];
    int[] _neighbors = [];
    int[] _hits = [];           // [edges] the point behind each edge
    double[] _distances = [];
    int _edges;

    /// <summary>This thread's instance; its results last until the thread searches again.</summary>
    internal static NeighborSearch Shared
    {
        get
        {
            // One giant crystal must not hold its buffers for ever.
            if (s_shared is null || s_shared._x.Length > 1 << 20 || s_shared._hits.Length > 1 << 22) s_shared = new NeighborSearch();
            return s_shared;
        }
    }

    /// <summary>[atoms + 1] where each centre's edges begin.</summary>
    internal ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, _atoms + 1);

    /// <summary>[edges] the atom at the other end.</summary>
    internal ReadOnlySpan<int> Neighbors => _neighbors.AsSpan(0, _edges);

    /// <summary>[edges] Å</summary>
    internal ReadOnlySpan<double> Distances => _distances.AsSpan(0, _edges);

    internal int EdgeCount => _edges;

    /// <summary>[edges × 3] which image of the neighbour, relative to the coordinates as given.</summary>
    internal void CopyImages(Span<int> images)
    {
        for (var center = 0; center < _atoms; center++)
            for (var edge = _offsets[center]; edge < _offsets[center + 1]; edge++)
            {
                var point = _hits[edge];
                var neighbor = _pointAtom[point];
                for (var k = 0; k < 3; k++) images[3 * edge + k] = _pointImage[3 * point + k] - _shift[3 * neighbor + k] + _shift[3 * center + k];
            }
    }

    /// <param name="lattice">[3 × 3] rows in Å.</param>
    /// <param name="fractional">[atoms × 3]</param>
    /// <param name="cutoffAngstrom">Positive.</param>
    /// <exception cref="InputException">The cutoff spans so many cells that the pairs would not fit into memory.</exception>
    internal void Run(ReadOnlySpan<double> lattice, ReadOnlySpan<double> fractional, double cutoffAngstrom)
    {
        if (!(cutoffAngstrom > 0 && double.IsFinite(cutoffAngstrom)))
            throw new ArgumentOutOfRangeException(nameof(cutoffAngstrom), cutoffAngstrom, "a cutoff is a positive length in Å");
        _atoms = fractional.Length / 3;
        _edges = 0;
        var reach = cutoffAngstrom + ToleranceAngstrom;
        PlaceAtoms(lattice, fractional);
        PlacePoints(lattice, reach, cutoffAngstrom);
        Grow(ref _offsets, _atoms + 1);
        _offsets[0] = 0;
        var binned = (long)_atoms * _points > BinningWorth && _bins.Build(reach, _points, _x, _y, _z);
        for (var center = 0; center < _atoms; center++)
        {
            if (binned) SearchBins(center, reach * reach);
            else SearchAll(center, reach * reach);
            _offsets[center + 1] = _edges;
        }
        FinishEdges();
    }

    void PlaceAtoms(ReadOnlySpan<double> lattice, ReadOnlySpan<double> fractional)
    {
        Grow(ref _inCell, 3 * _atoms);
        Grow(ref _shift, 3 * _atoms);
        Grow(ref _centers, 3 * _atoms);
        Grow(ref _home, _atoms);
        LatticePlanes.Spacings(lattice, _spacing);
        _low.AsSpan().Fill(1);
        _high.AsSpan().Clear();
        for (var i = 0; i < 3 * _atoms; i++)
        {
            var floor = Math.Floor(fractional[i]);
            var inside = fractional[i] - floor;
            _shift[i] = (int)floor;
            _inCell[i] = inside;
            _low[i % 3] = Math.Min(_low[i % 3], inside);
            _high[i % 3] = Math.Max(_high[i % 3], inside);
        }
        for (var i = 0; i < _atoms; i++)
            for (var k = 0; k < 3; k++)
                _centers[3 * i + k] = Cartesian(lattice, k, _inCell[3 * i], _inCell[3 * i + 1], _inCell[3 * i + 2]);
    }

    void PlacePoints(ReadOnlySpan<double> lattice, double reach, double cutoffAngstrom)
    {
        const double slack = 1e-9;
        Span<double> margin = stackalloc double[3];
        for (var k = 0; k < 3; k++) margin[k] = reach / _spacing[k] + slack;
        if (_atoms * (_high[0] - _low[0] + 2 * margin[0] + 1) * (_high[1] - _low[1] + 2 * margin[1] + 1) > MaxRows) throw TooMany(cutoffAngstrom);
        var ball = new Ball(_centers.AsSpan(0, 3 * _atoms), reach);
        // Far beyond the bound: say so before filling memory. Near it, count exactly below.
        var box = 1.0;
        for (var k = 0; k < 3; k++) box *= _high[k] - _low[k] + 2 * margin[k];
        if (_atoms * Math.Min(box, ball.Volume / Crystal.CellVolume(lattice)) > 4.0 * MaxPoints) throw TooMany(cutoffAngstrom);
        var (cx, cy, cz) = (lattice[6], lattice[7], lattice[8]);
        var cc = cx * cx + cy * cy + cz * cz;
        _points = 0;
        for (var atom = 0; atom < _atoms; atom++)
        {
            var (u, v, w) = (_inCell[3 * atom], _inCell[3 * atom + 1], _inCell[3 * atom + 2]);
            var (u0, u1) = Images(0, u, margin);
            var (v0, v1) = Images(1, v, margin);
            var (w0, w1) = Images(2, w, margin);
            for (var i = u0; i <= u1; i++)
                for (var j = v0; j <= v1; j++)
                {
                    // The images along c form a line: only its stretch within the ball around all centres can matter. This keeps flat and
                    // skewed cells, whose faces are close together, as cheap as compact ones.
                    var (x, y, z) = (Cartesian(lattice, 0, u + i, v + j, w) - ball.X, Cartesian(lattice, 1, u + i, v + j, w) - ball.Y, Cartesian(lattice, 2, u + i, v + j, w) - ball.Z);
                    var middle = -(x * cx + y * cy + z * cz) / cc;
                    var half = middle * middle - (x * x + y * y + z * z - ball.SquaredRadius) / cc;
                    if (half < 0) continue;
                    half = Math.Sqrt(half) + slack;
                    var first = Math.Max(w0, (int)Math.Ceiling(middle - half));
                    var last = Math.Min(w1, (int)Math.Floor(middle + half));
                    if (last < first) continue;
                    if (last - first >= MaxPoints - _points) throw TooMany(cutoffAngstrom);
                    GrowPoints(_points + last - first + 1);
                    for (var k = first; k <= last; k++) AddPoint(lattice, atom, u, v, w, i, j, k);
                }
        }
    }

    void AddPoint(ReadOnlySpan<double> lattice, int atom, double u, double v, double w, int i, int j, int k)
    {
        if (i == 0 && j == 0 && k == 0) _home[atom] = _points;
        _x[_points] = Cartesian(lattice, 0, u + i, v + j, w + k);
        _y[_points] = Cartesian(lattice, 1, u + i, v + j, w + k);
        _z[_points] = Cartesian(lattice, 2, u + i, v + j, w + k);
        _pointAtom[_points] = atom;
        _pointImage[3 * _points] = i;
        _pointImage[3 * _points + 1] = j;
        _pointImage[3 * _points + 2] = k;
        _points++;
    }

    InputException TooMany(double cutoffAngstrom) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"a cutoff of {cutoffAngstrom} Å reaches too many periodic images of this cell (faces {_spacing[0]:G3}, {_spacing[1]:G3} and {_spacing[2]:G3} Å apart); use a smaller cutoff, or check the cell"));

    // The images of a coordinate that lie within reach of the slab that holds the atoms.
    (int First, int Last) Images(int axis, double inside, ReadOnlySpan<double> margin) =>
        ((int)Math.Ceiling(_low[axis] - margin[axis] - inside), (int)Math.Floor(_high[axis] + margin[axis] - inside));

    void SearchAll(int center, double squaredReach)
    {
        ReserveEdges(_points);
        Compare(center, squaredReach, _x, _y, _z, 0, _points, order: null);
    }

    void SearchBins(int center, double squaredReach)
    {
        var begin = _edges;
        foreach (var (first, last) in _bins.Around(_centers[3 * center], _centers[3 * center + 1], _centers[3 * center + 2]))
        {
            ReserveEdges(last - first);
            Compare(center, squaredReach, _bins.X, _bins.Y, _bins.Z, first, last, _bins.Order);
        }
        // Back into the order of the points; distances follow from the points, so sorting the hits alone is enough.
        _hits.AsSpan(begin, _edges - begin).Sort();
        for (var edge = begin; edge < _edges; edge++) _distances[edge] = SquaredDistance(center, _hits[edge]);
    }

    double SquaredDistance(int center, int point)
    {
        var dx = _x[point] - _centers[3 * center];
        var dy = _y[point] - _centers[3 * center + 1];
        var dz = _z[point] - _centers[3 * center + 2];
        return dx * dx + dy * dy + dz * dz;
    }

    // The caller has reserved room for all of the points.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Compare(int center, double squaredReach, double[] px, double[] py, double[] pz, int first, int last, int[]? order)
    {
        ref var x = ref MemoryMarshal.GetArrayDataReference(px);
        ref var y = ref MemoryMarshal.GetArrayDataReference(py);
        ref var z = ref MemoryMarshal.GetArrayDataReference(pz);
        var (cx, cy, cz) = (_centers[3 * center], _centers[3 * center + 1], _centers[3 * center + 2]);
        var (vx, vy, vz) = (Vector256.Create(cx), Vector256.Create(cy), Vector256.Create(cz));
        var limit = Vector256.Create(squaredReach);
        var home = _home[center];
        var hits = _hits;
        var distances = _distances;
        var edge = _edges;
        var at = first;
        for (; at + 4 <= last; at += 4)
        {
            var dx = Vector256.LoadUnsafe(ref x, (nuint)at) - vx;
            var dy = Vector256.LoadUnsafe(ref y, (nuint)at) - vy;
            var dz = Vector256.LoadUnsafe(ref z, (nuint)at) - vz;
            var squared = dx * dx + dy * dy + dz * dz;
            var inside = Vector256.LessThanOrEqual(squared, limit).ExtractMostSignificantBits();
            while (inside != 0)
            {
                var lane = System.Numerics.BitOperations.TrailingZeroCount(inside);
                inside &= inside - 1;
                var point = order is null ? at + lane : order[at + lane];
                if (point == home) continue;
                hits[edge] = point;
                distances[edge++] = squared.GetElement(lane);
            }
        }
        for (; at < last; at++)
        {
            var dx = px[at] - cx;
            var dy = py[at] - cy;
            var dz = pz[at] - cz;
            var squared = dx * dx + dy * dy + dz * dz;
            var point = order is null ? at : order[at];
            if (squared > squaredReach || point == home) continue;
            hits[edge] = point;
            distances[edge++] = squared;
        }
        _edges = edge;
    }

    // Squared distances to distances, points to atoms.
    void FinishEdges()
    {
        Grow(ref _neighbors, _edges);
        for (var edge = 0; edge < _edges; edge++) _neighbors[edge] = _pointAtom[_hits[edge]];
        ref var distances = ref MemoryMarshal.GetArrayDataReference(_distances);
        var at = 0;
        for (; at + 4 <= _edges; at += 4) Vector256.Sqrt(Vector256.LoadUnsafe(ref distances, (nuint)at)).StoreUnsafe(ref distances, (nuint)at);
        for (; at < _edges; at++) _distances[at] = Math.Sqrt(_distances[at]);
    }

    void ReserveEdges(int more)
    {
        if ((long)_edges + more <= _hits.Length) return;
        if ((long)_edges + more > MaxEdges)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"more than {MaxEdges} pairs of atoms lie within the cutoff; use a smaller cutoff, or check the cell"));
        var capacity = Math.Max(_edges + more, (int)Math.Min(2L * _hits.Length, MaxEdges));
        Array.Resize(ref _hits, capacity);
        Array.Resize(ref _distances, capacity);
    }

    void GrowPoints(int capacity)
    {
        if (_x.Length >= capacity) return;
        capacity = Math.Max(capacity, Math.Min(2 * _x.Length, MaxPoints));
        Array.Resize(ref _x, capacity);
        Array.Resize(ref _y, capacity);
        Array.Resize(ref _z, capacity);
        Array.Resize(ref _pointAtom, capacity);
        Array.Resize(ref _pointImage, 3 * capacity);
    }

    static double Cartesian(ReadOnlySpan<double> lattice, int k, double u, double v, double w) =>
        u * lattice[k] + v * lattice[3 + k] + w * lattice[6 + k];

    /// <summary>A ball that holds every point within reach of any centre.</summary>
    readonly struct Ball
    {
        internal Ball(ReadOnlySpan<double> centers, double reach)
        {
            var atoms = centers.Length / 3;
            for (var i = 0; i < centers.Length; i += 3)
            {
                X += centers[i] / atoms;
                Y += centers[i + 1] / atoms;
                Z += centers[i + 2] / atoms;
            }
            var furthest = 0.0;
            for (var i = 0; i < centers.Length; i += 3)
            {
                var (dx, dy, dz) = (centers[i] - X, centers[i + 1] - Y, centers[i + 2] - Z);
                furthest = Math.Max(furthest, dx * dx + dy * dy + dz * dz);
            }
            // A little wider, against rounding.
            var radius = (Math.Sqrt(furthest) + reach) * (1 + 1e-9) + 1e-9;
            SquaredRadius = radius * radius;
        }

        internal double X { get; }

        internal double Y { get; }

        internal double Z { get; }

        internal double SquaredRadius { get; }

        internal double Volume => 4 * Math.PI / 3 * Math.Pow(SquaredRadius, 1.5);
    }

    static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length) array = new T[Math.Max(length, 2 * array.Length)];
    }
}
