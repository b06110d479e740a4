using Clawdbot.InferenceShim.Engines;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Checks the model's files before an engine reads them: an engine that is given half a model says so after minutes, in a stack trace, at
/// each of its starts.
/// </summary>
internal sealed class ModelFiles(IOptions<EngineOptions> engine, Checksums checksums)
{
    private static readonly string[] Tokenizers = ["tokenizer.json", "tokenizer.model", "tekken.json", "vocab.json"];

    /// <summary>Says what is wrong and what to do; null when all is there.</summary>
    /// <param name="progress">Is told in words how far it is, where it takes long.</param>
    /// <param name="cancellation">Cancels the check.</param>
    public async Task<string?> ProblemAsync(Action<string> progress, CancellationToken cancellation)
    {
        if (engine.Value.ModelPath is not { Length: > 0 } path)
            return null;
        try
        {
            return Shape(path) ?? await checksums.ProblemAsync(path, engine.Value.ModelChecksums, progress, cancellation);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"model files can't be read: {fault.Message}; check that they are mounted, and that this process's user may read them";
        }
    }

    private static string? Shape(string path)
    {
        if (File.Exists(path))
        {
            return path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)
                ? GgufFile.Problem(path)
                : $"model file {path} is no .gguf file; set Engine:ModelPath to the model's folder";
        }
        if (!Directory.Exists(path))
            return $"model path {path} is missing: mount or copy the model there, or correct Engine:ModelPath";
        if (Directory.EnumerateFiles(path, "*.gguf").Order(StringComparer.Ordinal).ToList() is { Count: > 0 } ggufs)
            return ggufs.Select(GgufFile.Problem).FirstOrDefault(p => p is not null);
        return Documents(path) ?? SafetensorsFolder.Problem(path);
    }

    private static string? Documents(string folder)
    {
        if (JsonFile.Problem(Path.Combine(folder, "config.json")) is { } problem)
            return problem;
        return Tokenizers.Any(name => new FileInfo(Path.Combine(folder, name)) is { Exists: true, Length: > 0 })
            ? null
            : $"the model in {folder} has no tokenizer ({string.Join(", ", Tokenizers)}): "
                + "copy the whole repository of the model, not its weights alone";
    }
}
