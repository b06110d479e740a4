using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>What an engine can and can't do; docs/engines.md has it as a table.</summary>
internal sealed record EngineCapabilities
{
    /// <summary>How it goes on with an answer that began elsewhere.</summary>
    public required ContinuationKind Continuation { get; init; }

    /// <summary>The same request with the same seed gives the same answer.</summary>
    public required bool Repeatable { get; init; }

    /// <summary>It reports the ids of the tokens it generates.</summary>
    public required bool TokenIds { get; init; }

    /// <summary>It takes pictures.</summary>
    public required bool Images { get; init; }

    /// <summary>It calls tools.</summary>
    public required bool Tools { get; init; }

    /// <summary>It holds an answer to a grammar or JSON schema.</summary>
    public required bool Grammar { get; init; }

    /// <summary>It tells log probabilities.</summary>
    public required bool Logprobs { get; init; }

    /// <summary>It gives several choices.</summary>
    public required bool Choices { get; init; }

    /// <summary>The engine's own numbers show that a cancelled generation has freed its place.</summary>
    public required bool CancelIsVisible { get; init; }

    /// <summary>It says how many requests run and wait.</summary>
    public required bool Load { get; init; }

    /// <summary>It says how full its KV cache is.</summary>
    public required bool CacheUse { get; init; }

    /// <summary>It says how often a prompt was in its cache.</summary>
    public required bool CacheHits { get; init; }

    /// <summary>It lists its models.</summary>
    public required bool ModelList { get; init; }

    /// <summary>It says how long its context is.</summary>
    public required bool ContextLength { get; init; }

    /// <summary>It counts a prompt itself and refuses one beyond its context, instead of cutting it silently.</summary>
    public bool RefusesBeyondContext { get; init; }

    /// <summary>Whether engines of this kind can do one of <see cref="ServiceDefaults.Wire.Capabilities"/>.</summary>
    public bool Has(string capability) => capability switch
    {
        ServiceDefaults.Wire.Capabilities.Pictures => Images,
        ServiceDefaults.Wire.Capabilities.Tools => Tools,
        ServiceDefaults.Wire.Capabilities.Grammar => Grammar,
        ServiceDefaults.Wire.Capabilities.Continuation => Continuation != ContinuationKind.None,
        _ => true,
    };

    /// <summary>It limits the number and size of pictures before it decodes them.</summary>
    public bool BoundsPictures { get; init; }
}
