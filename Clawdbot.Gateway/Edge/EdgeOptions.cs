using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Edge;

/// <summary>What the gateway takes in, and where. Section <c>Edge</c>.</summary>
internal sealed class EdgeOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Edge";

    /// <summary>Listener of the admin verbs; never to be reachable from outside. Empty: no admin verbs.</summary>
    public string InternalUrl { get; set; } = "http://127.0.0.1:8081";

    /// <summary>Largest request body, bytes.</summary>
    [Range(1024, 1 << 29)]
    public int MaxBodyBytes { get; set; } = 32 << 20;

    /// <summary>Request bytes held in memory at once, bytes. A body for which there is no room lies in a file.</summary>
    [Range(1024, long.MaxValue)]
    public long MaxHeldBytes { get; set; } = 256L << 20;

    /// <summary>Request bytes held in files at once, bytes: bodies for which memory has no room.</summary>
    [Range(1024, long.MaxValue)]
    public long MaxSpooledBytes { get; set; } = 8L << 30;

    /// <summary>Folder of these files, on a local disk. Empty: <c>/var/tmp</c>, or where there is none the system's folder for temporary files.</summary>
    public string SpoolDirectory { get; set; } = "";

    /// <summary>
    /// What a socket brings is dealt with on the thread that noticed it, without a hop to the thread pool: half the cost of a streamed
    /// token. Nothing on the request path may block, and what takes long (a large body) hops by itself.
    /// </summary>
    public bool InlineSockets { get; set; } = true;

    /// <summary>
    /// From the beginning of a planned stop until the web server closes its door, milliseconds: not ready, and still serving. As long as whoever
    /// sends requests needs to notice. Null: 5000, and 0 in Development.
    /// </summary>
    [Range(0, 60_000)]
    public int? LeaveMilliseconds { get; set; }
}
