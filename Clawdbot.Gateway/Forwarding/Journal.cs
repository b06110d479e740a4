namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// All that is known of an answer on its way: enough to end it, or to go on with it elsewhere. Written by the one
/// attempt that runs.
/// </summary>
internal sealed class Journal(string id, DateTimeOffset created, Generation request, long? seed)
{
    private readonly bool[] _finished = new bool[request.Choices];
    private int _open = request.Choices;

    /// <summary>The answer's id, the same whatever replica serves it.</summary>
    public string Id { get; } = id;

    /// <summary>When the request was admitted.</summary>
    public DateTimeOffset Created { get; } = created;

    /// <summary>The gateway's seed for a request that brought none; the same in every attempt.</summary>
    public long? Seed { get; } = seed;

    /// <summary>Identity of the replica it began on; null before.</summary>
    public string? Identity { get; private set; }

    /// <summary>The client's prompt tokens: those of the first attempt.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>Tokens of choice 0, which are what a continuation is given.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>Tokens of all choices.</summary>
    public int Tokens { get; private set; }

    /// <summary>When the last token came, as a timestamp of the clock.</summary>
    public long LastTokenAt { get; private set; }

    /// <summary>Every choice has its finish reason: nothing is missing any more.</summary>
    public bool IsComplete => _open == 0;

    /// <summary>Called at the first token of all.</summary>
    public Action? Began { get; set; }

    /// <summary>Called at the first token after a change of replicas.</summary>
    public Action? Resumed { get; set; }

    public void Started(string identity, int promptTokens)
    {
        if (Identity is null)
            PromptTokens = promptTokens;
        Identity = identity;
    }

    public void Generated(int index, int id)
    {
        Tokens++;
        if (index == 0)
            Ids.Add(id);
    }

    public void TokenAt(long timestamp)
    {
        LastTokenAt = timestamp;
        if (Began is { } began)
        {
            Began = null;
            began();
        }
        if (Resumed is { } resumed)
        {
            Resumed = null;
            resumed();
        }
    }

    /// <summary>False when the choice was finished before.</summary>
    public bool Finished(int index)
    {
        if (_finished[index])
            return false;
        _finished[index] = true;
        _open--;
        return true;
    }

    /// <summary>Whether tokens may come for it.</summary>
    public bool IsOpen(int index) => (uint)index < (uint)_finished.Length && !_finished[index];

    /// <summary>Forgets what was generated, for an answer of which the client has seen nothing.</summary>
    public void StartOver()
    {
        Array.Clear(_finished);
        (_open, Tokens, Identity) = (_finished.Length, 0, null);
        Ids.Clear();
    }
}
