using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Orleans;

namespace ScoringCluster.Core;

/// <summary>
/// Dimensions of a tensor. In a signature −1 is a dimension that varies and the rank itself may be unknown;
/// the shape of an actual tensor holds neither.
/// </summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.TensorShape")]
public readonly struct TensorShape : IEquatable<TensorShape>
{
    /// <summary>The dimension of a signature that may have any size.</summary>
    public const long Any = -1;

    [Id(0)]
    private readonly ImmutableArray<long> _dimensions;

    private TensorShape(ImmutableArray<long> dimensions) => _dimensions = dimensions;

    /// <summary>A shape about which nothing is known, not even its rank.</summary>
    public static TensorShape UnknownRank => default;

    /// <summary>The shape of a single value: rank 0.</summary>
    public static TensorShape Scalar { get; } = new([]);

    /// <summary>False for <see cref="UnknownRank"/>.</summary>
    public bool HasRank => !_dimensions.IsDefault;

    public int Rank => HasRank ? _dimensions.Length : throw new InvalidOperationException("The rank is unknown.");

    public ReadOnlySpan<long> Dimensions => HasRank ? _dimensions.AsSpan() : [];

    public long this[int axis] => _dimensions[axis];

    /// <summary>True when rank and every dimension are known.</summary>
    public bool IsStatic => HasRank && !_dimensions.Contains(Any);

    public static TensorShape Of(params ReadOnlySpan<long> dimensions) => new([.. dimensions]);

    /// <summary>Number of elements. Throws <see cref="OverflowException"/> past 2^63−1.</summary>
    public long ElementCount()
    {
        if (!IsStatic)
        {
            throw new InvalidOperationException($"Shape {this} has no element count.");
        }

        var count = 1L;
        foreach (var dimension in _dimensions)
        {
            count = checked(count * dimension);
        }

        return count;
    }

    /// <summary>Elements of one entry along axis 0; false where a later dimension varies or there is no axis.</summary>
    public bool TryGetRowElements(out long elements)
    {
        elements = 1;
        if (!HasRank || Rank == 0)
        {
            return false;
        }

        foreach (var dimension in _dimensions.AsSpan()[1..])
        {
            if (dimension < 0)
            {
                return false;
            }

            elements = checked(elements * dimension);
        }

        return true;
    }

    /// <summary>The same shape with <paramref name="rows"/> along axis 0.</summary>
    public TensorShape WithRows(long rows) => _dimensions[0] == rows ? this : new(_dimensions.SetItem(0, rows));

    /// <summary>True when <paramref name="actual"/> fits this (signature) shape.</summary>
    public bool Accepts(TensorShape actual)
    {
        if (!HasRank)
        {
            return true;
        }

        if (!actual.HasRank || actual.Rank != Rank)
        {
            return false;
        }

        for (var axis = 0; axis < Rank; axis++)
        {
            if (_dimensions[axis] != Any && _dimensions[axis] != actual[axis])
            {
                return false;
            }
        }

        return true;
    }

    public bool Equals(TensorShape other) =>
        HasRank == other.HasRank && (!HasRank || _dimensions.AsSpan().SequenceEqual(other._dimensions.AsSpan()));

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is TensorShape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var dimension in Dimensions)
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    /// <summary><c>[-1,128,128,1]</c>, <c>[]</c> for a scalar, <c>unknown</c> without a rank.</summary>
    public override string ToString() => HasRank ? $"[{string.Join(',', _dimensions)}]" : "unknown";

    public static bool operator ==(TensorShape left, TensorShape right) => left.Equals(right);

    public static bool operator !=(TensorShape left, TensorShape right) => !left.Equals(right);
}
