using System.ComponentModel.DataAnnotations;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>Which engine the shim fronts, and how it is reached or started. Section <c>Engine</c>.</summary>
internal sealed class EngineOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine";

    /// <summary>The kind that ships with the shim and runs in its process: no address, no GPU, nothing to watch.</summary>
    public const string EmbeddedKind = "embedded";

    /// <summary>Kind of the engine; <c>docs/engines.md</c> describes each.</summary>
    public string Kind { get; set; } = EmbeddedKind;

    /// <summary>Number of new requests generated at once; continuations of broken answers may exceed it by as many again.</summary>
    [Range(1, 1024)]
    public int Capacity { get; set; } = 8;

    /// <summary>Address of an engine that is not embedded, such as <c>http://127.0.0.1:8001</c>, without <c>/v1</c>.</summary>
    public string Address { get; set; } = "";

    /// <summary>
    /// Model id that clients ask for; empty: <see cref="UpstreamModel"/>, and without that the engine is asked what it serves.
    /// </summary>
    public string Model { get; set; } = "";

    /// <summary>Further model ids that the replica answers to, besides <see cref="Model"/>.</summary>
    public List<string> AlsoModels { get; set; } = [];

    /// <summary>
    /// The engine's own name of the model, at most 256 characters: requests to the engine have it in place of <see cref="Model"/> and of
    /// <see cref="AlsoModels"/>, and answers never continue across two of them. Empty: the client's name is sent.
    /// </summary>
    [StringLength(ShimStatus.LongestServedModel)]
    public string UpstreamModel { get; set; } = "";

    /// <summary>File with the engine's API key; not set: the engine wants none.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>
    /// A text of your own for whatever an answer depends on and the engine does not tell, such as quantisation or template; an answer never
    /// continues on a replica with another text.
    /// </summary>
    public string Build { get; set; } = "";

    /// <summary>Context length of an engine that does not tell it, in tokens of prompt and answer together.</summary>
    [Range(1, 100_000_000)]
    public int? ContextTokens { get; set; }

    /// <summary>
    /// What the engine can't do although engines of its kind can: <c>pictures</c>, <c>tools</c>, <c>grammar</c>, <c>continuation</c>.
    /// Requests that need it go to other replicas. What is not listed here is found out.
    /// </summary>
    public List<string> Lacks { get; set; } = [];

    /// <summary>
    /// Program and arguments of the engine, which the shim then starts as its child; one string instead of a list is read as a shell reads
    /// it. Empty: others start the engine at <see cref="Address"/>.
    /// </summary>
    public List<string> Command { get; set; } = [];

    /// <summary>Folder or GGUF file of the model, checked before each start of <see cref="Command"/>; not set: it is not checked.</summary>
    public string? ModelPath { get; set; }

    /// <summary>
    /// File of the model's SHA-256 sums, as <c>sha256sum</c> writes it; not set: <c>SHA256SUMS</c> beside the model, where there is one.
    /// </summary>
    public string? ModelChecksums { get; set; }

    /// <summary>Settings of the embedded engine.</summary>
    public EmbeddedEngineOptions Embedded { get; set; } = new();
}

/// <summary>Settings of the embedded engine, which needs no GPU. Section <c>Engine:Embedded</c>.</summary>
internal sealed class EmbeddedEngineOptions
{
    /// <summary>Pace of one answer, in tokens per second; 0 is as fast as it goes.</summary>
    [Range(0, 100_000)]
    public double TokensPerSecond { get; set; } = 30;

    /// <summary>Milliseconds before the first token of an attempt, in place of the prefill of a GPU.</summary>
    [Range(0, 600_000)]
    public int FirstTokenDelayMilliseconds { get; set; } = 250;

    /// <summary>Largest picture that the engine decodes, in pixels.</summary>
    [Range(1, 1_000_000_000)]
    public long MaxImagePixels { get; set; } = 36_000_000;

    /// <summary>
    /// Number of pictures whose measurements are kept, with 16 times as many beginnings of conversations; the one unused for longest is
    /// dropped first, and 0 keeps none.
    /// </summary>
    [Range(0, 1_000_000)]
    public int CachedPictures { get; set; } = 256;

    /// <summary>Most pictures in one request.</summary>
    [Range(1, 64)]
    public int MaxImages { get; set; } = 8;

    /// <summary>Context length, in tokens of prompt and answer together.</summary>
    [Range(256, 1_000_000)]
    public int ContextTokens { get; set; } = 65_536;
}
