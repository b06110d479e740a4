namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>A tiny Qwen3-VL of random weights in a folder of its own, as llama.cpp loads it.</summary>
internal sealed class LlamaModel : IDisposable
{
    /// <summary>What clients call it.</summary>
    public const string Name = "tiny-qwen3-vl";

    private const int Seed = 1;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-tiny-model-");

    public LlamaModel()
    {
        TinyTextModel.Write(Text, Seed);
        TinyProjector.Write(Projector, Seed);
    }

    /// <summary>Path of the text model.</summary>
    public string Text => Path.Combine(_folder.FullName, $"{Name}.gguf");

    /// <summary>Path of what makes pictures tokens.</summary>
    public string Projector => Path.Combine(_folder.FullName, $"mmproj-{Name}.gguf");

    public void Dispose() => _folder.Delete(recursive: true);
}
