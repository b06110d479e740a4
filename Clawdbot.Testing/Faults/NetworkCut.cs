using System.Net;
using System.Security.Cryptography;

namespace Clawdbot.Testing.Faults;

/// <summary>
/// A network namespace behind a pair of virtual network devices, for a replica that is to be cut off without FIN or RST. It needs Linux,
/// root and iproute2.
/// </summary>
internal sealed class NetworkCut : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly string _namespace;
    private readonly string _outer;

    private NetworkCut(string name, IPAddress inside) => (_namespace, _outer, Inside) = (name, name + "o", inside);

    /// <summary>The address of whatever runs in the namespace, as seen from here.</summary>
    public IPAddress Inside { get; }

    /// <summary>The words before a program and its arguments that run it in the namespace, under the same pid.</summary>
    public IReadOnlyList<string> Prefix => ["ip", "netns", "exec", _namespace];

    /// <summary>Creates the namespace and the cable. Its /30 network is drawn at random from 10.213.0.0/16.</summary>
    /// <exception cref="InvalidOperationException">This is not root on Linux, or <c>ip</c> refused.</exception>
    public static async Task<NetworkCut> CreateAsync()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            throw new InvalidOperationException("Cutting a network needs root on Linux. Run it as root, or use another fault.");
        var (name, third, fourth) = ($"cb{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}",
            RandomNumberGenerator.GetInt32(256), 4 * RandomNumberGenerator.GetInt32(64));
        var cut = new NetworkCut(name, IPAddress.Parse($"10.213.{third}.{fourth + 2}"));
        try
        {
            await IpAsync($"netns add {name}");
            await IpAsync($"link add {name}o type veth peer name {name}i netns {name}");
            await IpAsync($"addr add 10.213.{third}.{fourth + 1}/30 dev {name}o");
            await IpAsync($"link set {name}o up");
            await IpAsync($"-n {name} addr add {cut.Inside}/30 dev {name}i");
            await IpAsync($"-n {name} link set {name}i up");
            await IpAsync($"-n {name} link set lo up");
            return cut;
        }
        catch
        {
            await cut.DisposeAsync();
            throw;
        }
    }

    /// <summary>Pulls the cable.</summary>
    public Task CutAsync() => IpAsync($"-n {_namespace} link set {_namespace}i down");

    /// <summary>Plugs the cable in again.</summary>
    public Task HealAsync() => IpAsync($"-n {_namespace} link set {_namespace}i up");

    /// <summary>Removes namespace and cable. Processes that still run inside go on without a network.</summary>
    public async ValueTask DisposeAsync()
    {
        await CommandFault.RunAsync(["ip", "link", "del", _outer], Limit, CancellationToken.None);
        await CommandFault.RunAsync(["ip", "netns", "del", _namespace], Limit, CancellationToken.None);
    }

    private static async Task IpAsync(string arguments)
    {
        if (await CommandFault.RunAsync(["ip", .. arguments.Split(' ')], Limit, CancellationToken.None) is { } error)
            throw new InvalidOperationException($"'ip {arguments}' failed ({error}). Cutting a network needs root and iproute2.");
    }
}
