using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Discovery;

/// <summary>Which replicas the gateway knows. At least one of these sources must name a replica. Section <c>Discovery</c>.</summary>
internal sealed class DiscoveryOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Discovery";

    /// <summary>
    /// Addresses of shims that others start, such as <c>http://10.0.0.7:8000</c>, or names that service discovery resolves, such as
    /// <c>http://replica-0</c>; each address behind a name is a replica.
    /// </summary>
    public IList<string> Replicas { get; } = [];

    /// <summary>
    /// Path of a JSON file that lists shims by name, <c>{"replica-0":"http://10.0.0.7:8000"}</c>; it is read again when it changes, so
    /// replicas come and go without a restart. Empty: no file.
    /// </summary>
    public string File { get; set; } = "";

    /// <summary>
    /// Number of shim processes that this gateway starts and watches; when not set, 2 in the Development environment if <see
    /// cref="Replicas"/> and <see cref="File"/> are empty, else 0.
    /// </summary>
    [Range(0, 64)]
    public int? LocalReplicas { get; set; }

    /// <summary>
    /// Milliseconds before a dead local replica is started again; the wait doubles with each death up to 10 s, and starts over after a
    /// replica that lived for a minute.
    /// </summary>
    [Range(0, 60_000)]
    public int RestartDelayMilliseconds { get; set; } = 100;

    /// <summary>Seconds a local replica may be silent while its process lives, before it is killed and started again.</summary>
    [Range(1, 3600)]
    public int HungRestartSeconds { get; set; } = 10;

    /// <summary>Seconds a local replica has to finish its answers when the gateway stops.</summary>
    [Range(0, 600)]
    public int StopSeconds { get; set; } = 10;
}
