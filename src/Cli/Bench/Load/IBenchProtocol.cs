namespace ScoringCluster.Cli.Bench.Load;

/// <summary>How calls travel. A bench knows protocols by this alone.</summary>
internal interface IBenchProtocol
{
    /// <summary>As on the command line and in results.</summary>
    string Name { get; }

    /// <summary>False where the server does not speak it.</summary>
    bool IsServedBy(BenchTarget target);

    /// <summary>A caller with a connection of its own and its request built.</summary>
    Task<IBenchCaller> ConnectAsync(BenchTarget target, BenchCall call, CancellationToken cancellationToken);
}

/// <summary>Makes the same call again and again, one at a time.</summary>
internal interface IBenchCaller : IAsyncDisposable
{
    /// <exception cref="BenchFailedException">The call was not answered with success.</exception>
    ValueTask CallAsync();

    /// <summary>The numbers of the last answer, by output.</summary>
    IReadOnlyList<float[]> ReadAnswer();
}

/// <summary>Where calls go.</summary>
/// <param name="Grpc">Null where the server has none.</param>
internal sealed record BenchTarget(string Name, Uri Http, Uri? Grpc, string Model);

/// <summary>The rows of one caller, as a request is built from them.</summary>
internal sealed record BenchCall(BenchModel Model, int Rows, int Variant);
