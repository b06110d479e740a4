using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>A client's request and what the gateway adds to it.</summary>
/// <param name="body">The client's bytes, a JSON object, without the gateway's field. Not checked any further.</param>
/// <param name="extras">What the gateway adds; empty when it added nothing.</param>
internal sealed class EngineRequest(ReadOnlyMemory<byte> body, GenerationExtras extras)
{
    private ChatRequest? _chat;
    private RawObject? _raw;
    private PromptOutline? _outline;
    private PictureHashes? _pictures;
    private int _generated;

    /// <summary>The client's bytes, as they came.</summary>
    public ReadOnlyMemory<byte> Body => body;

    /// <summary>What the gateway adds to the request.</summary>
    public GenerationExtras Extras => extras;

    /// <summary>Tokens that the engine generated for this request so far, as far as its events tell.</summary>
    public int Generated => Volatile.Read(ref _generated);

    /// <summary>Counts tokens that an event of the engine brought.</summary>
    public void Came(int tokens) => Volatile.Write(ref _generated, _generated + tokens);

    /// <summary>Whether the answer began elsewhere.</summary>
    public bool GoesOn => extras.Continue is { Count: > 0 } || extras.ContinueText is not null;

    /// <summary>The request parsed, its pictures decoded from base64; made on first use, because it takes time and memory.</summary>
    /// <exception cref="EngineRefusalException">The body is not a chat request.</exception>
    public ChatRequest Chat => _chat ??= ChatRequestReader.Read(body, extras);

    /// <summary>The top-level fields of its body; made on first use by one pass over the body.</summary>
    /// <exception cref="EngineRefusalException">The body is no JSON object.</exception>
    public RawObject Raw => _raw ??= new RawObject(body);

    /// <summary>The texts and pictures of its messages; made on first use by one pass over the body.</summary>
    /// <exception cref="EngineRefusalException">The body is no JSON object.</exception>
    public PromptOutline Outline => _outline ??= new PromptOutline(Raw["messages"]);

    /// <summary>Hashes of its pictures, in their order.</summary>
    public IReadOnlyList<string> Pictures => (_pictures ??= new PictureHashes(Outline.Pictures)).All;
}
