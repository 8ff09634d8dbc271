using Microsoft.Extensions.Options;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Store;

/// <summary>Names, folders and files of <see cref="ModelStoreOptions"/> that are not there.</summary>
internal sealed class ModelStoreOptionsValidator : IValidateOptions<ModelStoreOptions>
{
    private static readonly string[] _engines = ["auto", "onnx", "tensorflow"];

    public ValidateOptionsResult Validate(string? name, ModelStoreOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        if (options.Repository is { } repository && !Directory.Exists(repository))
        {
            result.AddError($"The model repository '{repository}' is no folder (--models, Models:Repository).");
        }

        foreach (var (model, folder) in options.Named)
        {
            if (!ModelRef.IsName(model))
            {
                result.AddError(
                    $"Models:Named '{model}' is no model name: letters, digits, '.', '_' and '-', at most 128, "
                    + $"beginning with a letter or digit.");
            }

            if (!Directory.Exists(folder))
            {
                result.AddError(
                    $"The folder '{folder}' of model '{model}' does not exist (--model, Models:Named:{model}).");
            }
        }

        foreach (var (model, file) in options.Manifests.Where(m => !File.Exists(m.Value)))
        {
            result.AddError(
                $"The manifest '{file}' of model '{model}' is no file (--manifest, Models:Manifests:{model}).");
        }

        if (!_engines.Contains(options.Engine))
        {
            result.AddError($"Models:Engine '{options.Engine}' is none of {string.Join(", ", _engines)}.");
        }

        return result.Build();
    }
}
