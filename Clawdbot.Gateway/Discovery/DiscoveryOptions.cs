using System.ComponentModel.DataAnnotations;

namespace Clawdbot.Gateway.Discovery;

/// <summary>Where replicas come from. Section <c>Discovery</c>.</summary>
internal sealed class DiscoveryOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Discovery";

    /// <summary>
    /// Addresses of shims, such as <c>http://10.0.0.7:8000</c>, or names that service discovery resolves
    /// (<c>http://replica-0</c>). Each address behind a name is a replica.
    /// </summary>
    public IList<string> Replicas { get; } = [];

    /// <summary>
    /// Path of a JSON file that lists replicas, names and addresses of shims: <c>{"replica-0":"http://10.0.0.7:8000"}</c>. It is read
    /// again when it changes, so replicas come and go without a restart. Empty: there is no such file.
    /// </summary>
    public string File { get; set; } = "";

    /// <summary>
    /// Shim processes that this gateway starts and watches, 0 to 64. Unset: 2 in the Development environment when
    /// <see cref="Replicas"/> and <see cref="File"/> are empty, else 0.
    /// </summary>
    [Range(0, 64)]
    public int? LocalReplicas { get; set; }

    /// <summary>First wait before a dead local replica is started again, milliseconds; doubles up to 10 s, starts anew after a minute of life.</summary>
    [Range(0, 60_000)]
    public int RestartDelayMilliseconds { get; set; } = 100;

    /// <summary>A local replica that says nothing for this long although its process lives is killed and started again, seconds.</summary>
    [Range(1, 3600)]
    public int HungRestartSeconds { get; set; } = 10;

    /// <summary>How long a local replica gets to finish when the gateway stops, seconds.</summary>
    [Range(0, 600)]
    public int StopSeconds { get; set; } = 10;
}
