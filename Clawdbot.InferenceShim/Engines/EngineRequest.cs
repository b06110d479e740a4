using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>A client's request and what the gateway adds to it.</summary>
/// <param name="body">The client's bytes, a JSON object, without the gateway's field. Not checked any further.</param>
/// <param name="extras">The gateway's field; empty when there was none.</param>
internal sealed class EngineRequest(ReadOnlyMemory<byte> body, GenerationExtras extras)
{
    private ChatRequest? _chat;
    private PromptOutline? _outline;
    private PictureHashes? _pictures;
    private int _generated;

    /// <summary>The client's bytes, as they came.</summary>
    public ReadOnlyMemory<byte> Body => body;

    /// <summary>The gateway's.</summary>
    public GenerationExtras Extras => extras;

    /// <summary>Tokens that the engine generated for this request so far, as far as its events tell.</summary>
    public int Generated => Volatile.Read(ref _generated);

    /// <summary>A step came with so many tokens.</summary>
    public void Came(int tokens) => Volatile.Write(ref _generated, _generated + tokens);

    /// <summary>Whether the answer began elsewhere.</summary>
    public bool GoesOn => extras.Continue is { Count: > 0 } || extras.ContinueText is not null;

    /// <summary>The request parsed, pictures decoded from base64: costs time and memory, for those who need it only.</summary>
    /// <exception cref="EngineRefusalException">It is not a chat request.</exception>
    public ChatRequest Chat => _chat ??= ChatRequestReader.Read(body, extras);

    /// <summary>What its messages hold, without understanding them: costs a pass over the body, for those who need it only.</summary>
    /// <exception cref="EngineRefusalException">It is no JSON object.</exception>
    public PromptOutline Outline => _outline ??= new PromptOutline(new RawObject(body)["messages"]);

    /// <summary>Hashes of its pictures.</summary>
    public IReadOnlyList<string> Pictures => (_pictures ??= new PictureHashes(Outline.Pictures)).All;
}
