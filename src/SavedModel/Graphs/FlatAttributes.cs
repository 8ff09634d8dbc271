using ScoringCluster.Core;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>
/// Attributes of one node, complete: what the exporter stripped because it equals the op definition's default is
/// there. Values are <see cref="long"/>, <see cref="float"/>, <see cref="bool"/>, <see cref="string"/>,
/// <see cref="ElementType"/>, <see cref="TensorShape"/>, <see cref="ConstantTensor"/>, or an
/// <see cref="IReadOnlyList{T}"/> of one of these; a type that no tensor of ours can have (resource, variant,
/// complex…) is kept as TensorFlow's name of it, a <see cref="string"/>.
/// </summary>
public sealed class FlatAttributes(string node, IReadOnlyDictionary<string, object> values)
{
    public bool Has(string name) => values.ContainsKey(name);

    public long Int(string name) => Get<long>(name);

    public float Float(string name) => Get<float>(name);

    public bool Bool(string name) => Get<bool>(name);

    public string Text(string name) => Get<string>(name);

    public ElementType Type(string name) => Get<ElementType>(name);

    public TensorShape Shape(string name) => Get<TensorShape>(name);

    public ConstantTensor Tensor(string name) => Get<ConstantTensor>(name);

    public IReadOnlyList<T> List<T>(string name) => values.TryGetValue(name, out var value)
        && value is IReadOnlyList<object> { Count: 0 } ? [] : Get<IReadOnlyList<T>>(name);

    /// <exception cref="SavedModelException">The attribute is missing or of another kind.</exception>
    public T Get<T>(string name) => values.TryGetValue(name, out var value) && value is T typed
        ? typed
        : throw new SavedModelException(value is null
            ? $"Node '{node}' has no attribute '{name}'."
            : $"Attribute '{name}' of node '{node}' is {value}, expected {typeof(T).Name}.");
}
