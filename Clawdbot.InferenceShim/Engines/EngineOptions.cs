using System.ComponentModel.DataAnnotations;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>Which engine the shim fronts. Section <c>Engine</c>.</summary>
internal sealed class EngineOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine";

    /// <summary>One of <see cref="EngineKinds"/>.</summary>
    public string Kind { get; set; } = Engines.Embedded.EmbeddedEngine.Kind;

    /// <summary>New requests generated at once, 1 to 1024. Continuations may exceed it by as much again.</summary>
    [Range(1, 1024)]
    public int Capacity { get; set; } = 8;

    /// <summary>Where an engine listens that is not embedded, such as <c>http://127.0.0.1:8001</c>; without <c>/v1</c>.</summary>
    public string Address { get; set; } = "";

    /// <summary>Model id that clients ask for; empty: the engine is asked what it serves.</summary>
    public string Model { get; set; } = "";

    /// <summary>Further model ids that it answers to, with <see cref="Model"/>.</summary>
    public List<string> AlsoModels { get; set; } = [];

    /// <summary>File with the engine's API key; null when it wants none.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>
    /// Whatever an answer depends on and the engine does not tell: quantisation, template, build. Replicas whose answers must not go on
    /// on each other are told apart by it.
    /// </summary>
    public string Build { get; set; } = "";

    /// <summary>Prompt and answer together, tokens, of an engine that does not say it.</summary>
    [Range(1, 100_000_000)]
    public int? ContextTokens { get; set; }

    /// <summary>
    /// The program that is the engine, and its arguments: the shim starts it as its child. Empty: whoever runs the engine at
    /// <see cref="Address"/> starts it. One string instead of a list is read as a shell reads it.
    /// </summary>
    public List<string> Command { get; set; } = [];

    /// <summary>Folder or GGUF file of the model, looked at before <see cref="Command"/> is started; null: it is not looked at.</summary>
    public string? ModelPath { get; set; }

    /// <summary>File of SHA-256 sums as <c>sha256sum</c> writes it; null: <c>SHA256SUMS</c> beside the model's files, where there is one.</summary>
    public string? ModelChecksums { get; set; }

    /// <summary>Settings of the embedded engine.</summary>
    public EmbeddedEngineOptions Embedded { get; set; } = new();
}

/// <summary>Settings of the embedded engine. Section <c>Engine:Embedded</c>.</summary>
internal sealed class EmbeddedEngineOptions
{
    /// <summary>Pace of one answer, tokens per second; 0 is as fast as it goes.</summary>
    [Range(0, 100_000)]
    public double TokensPerSecond { get; set; } = 30;

    /// <summary>Wait before the first token of an attempt, milliseconds: what prefill is to a GPU.</summary>
    [Range(0, 600_000)]
    public int FirstTokenDelayMilliseconds { get; set; } = 250;

    /// <summary>Largest picture it decodes, pixels.</summary>
    [Range(1, 1_000_000_000)]
    public long MaxImagePixels { get; set; } = 36_000_000;

    /// <summary>Pictures whose facts it keeps, and 16 times as many beginnings of conversations; the one unused for longest goes. 0: none.</summary>
    [Range(0, 1_000_000)]
    public int CachedPictures { get; set; } = 256;

    /// <summary>Most pictures in one request.</summary>
    [Range(1, 64)]
    public int MaxImages { get; set; } = 8;

    /// <summary>Prompt and answer together, tokens.</summary>
    [Range(256, 1_000_000)]
    public int ContextTokens { get; set; } = 65_536;
}
