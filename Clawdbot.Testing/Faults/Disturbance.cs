namespace Clawdbot.Testing.Faults;

/// <summary>What a <see cref="FaultProxy"/> does to the path to a replica.</summary>
internal abstract record Disturbance
{
    /// <summary>Whether it affects only generations; else it affects every byte of every connection.</summary>
    public virtual bool IsForGenerations => true;

    /// <summary>Ends the connection in the middle of a streamed answer.</summary>
    /// <param name="Events">Whole events that still pass.</param>
    /// <param name="Bytes">Bytes of the next one that pass too.</param>
    /// <param name="Reset">Whether the connection ends with RST instead of FIN.</param>
    internal sealed record Cut(int Events, int Bytes = 0, bool Reset = false) : Disturbance;

    /// <summary>Spoils the JSON of one event.</summary>
    /// <param name="Events">Whole events that pass before it.</param>
    internal sealed record Corrupt(int Events) : Disturbance;

    /// <summary>Sends an error in the dialect of the path, and then ends the stream as if all were well.</summary>
    /// <param name="Events">Whole events that pass before it, at least.</param>
    internal sealed record ErrorEvent(int Events) : Disturbance;

    /// <summary>Answers in place of the replica.</summary>
    /// <param name="Code">HTTP status.</param>
    /// <param name="RetryAfter">Seconds of the <c>Retry-After</c> header; null for no header.</param>
    internal sealed record Status(int Code, int? RetryAfter = null) : Disturbance
    {
        /// <summary>Content type; null: none.</summary>
        public string? Type { get; init; }

        public string Body { get; init; } = "";
    }

    /// <summary>Sends an event that never ends.</summary>
    /// <param name="Events">Whole events that pass before it, at least.</param>
    internal sealed record Endless(int Events) : Disturbance;

    /// <summary>Delays the first byte of an answer.</summary>
    /// <param name="Delay">Length of the delay.</param>
    internal sealed record SlowStart(TimeSpan Delay) : Disturbance;

    /// <summary>Delays every byte.</summary>
    /// <param name="Delay">Length of the delay.</param>
    internal sealed record Latency(TimeSpan Delay) : Disturbance
    {
        public override bool IsForGenerations => false;
    }

    /// <summary>Passes bytes slowly.</summary>
    /// <param name="BytesPerSecond">Bytes per second in each direction of each connection.</param>
    internal sealed record Drip(int BytesPerSecond) : Disturbance
    {
        public override bool IsForGenerations => false;
    }

    /// <summary>Passes nothing and closes nothing; connections are still accepted.</summary>
    internal sealed record Blackhole : Disturbance
    {
        public override bool IsForGenerations => false;
    }

    /// <summary>Refuses new connections, and closes an earlier one when a generation begins on it.</summary>
    internal sealed record Refuse : Disturbance
    {
        public override bool IsForGenerations => false;
    }
}
