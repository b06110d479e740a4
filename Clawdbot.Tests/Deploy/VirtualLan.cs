using System.Security.Cryptography;
using Clawdbot.Testing.Faults;

namespace Clawdbot.Tests.Deploy;

/// <summary>
/// Two hosts of one network, which this machine is in too: network namespaces with cables to a bridge in a third one. It needs Linux, root
/// and iproute2.
/// </summary>
internal sealed class VirtualLan : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly string _name = $"cb{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
    private readonly string _network = $"10.214.{RandomNumberGenerator.GetInt32(256)}";

    private VirtualLan()
    {
    }

    /// <summary>This machine.</summary>
    public string Here => $"{_network}.1";

    /// <summary>An address that nobody has yet.</summary>
    public string Free => $"{_network}.10";

    public static async Task<VirtualLan> CreateAsync()
    {
        var lan = new VirtualLan();
        try
        {
            await IpAsync($"netns add {lan._name}s");
            await IpAsync($"-n {lan._name}s link add lan type bridge");
            await IpAsync($"-n {lan._name}s link set lan up");
            await IpAsync($"link add {lan._name}h type veth peer name up netns {lan._name}s");
            await IpAsync($"addr add {lan.Here}/24 dev {lan._name}h");
            await IpAsync($"link set {lan._name}h up");
            await lan.PlugAsync("up");
            for (var host = 0; host < 2; host++)
            {
                await IpAsync($"netns add {lan.Namespace(host)}");
                await IpAsync($"-n {lan.Namespace(host)} link add {Device} type veth peer name p{host} netns {lan._name}s");
                await IpAsync($"-n {lan.Namespace(host)} addr add {lan.Address(host)}/24 dev {Device}");
                await IpAsync($"-n {lan.Namespace(host)} link set {Device} up");
                await IpAsync($"-n {lan.Namespace(host)} link set lo up");
                await lan.PlugAsync($"p{host}");
            }
            return lan;
        }
        catch
        {
            await lan.DisposeAsync();
            throw;
        }
    }

    /// <summary>Name of each host's device.</summary>
    public const string Device = "eth0";

    /// <summary>A host's own address.</summary>
    public string Address(int host) => $"{_network}.{host + 2}";

    /// <summary>The words before a program and its arguments that run it on a host, under the same pid.</summary>
    public IReadOnlyList<string> Prefix(int host) => ["netns", "exec", Namespace(host)];

    /// <summary>Pulls a host's cable.</summary>
    public Task CutAsync(int host) => IpAsync($"-n {_name}s link set dev p{host} down");

    /// <summary>Removes all of it. Processes that still run inside go on without a network.</summary>
    public async ValueTask DisposeAsync()
    {
        await CommandFault.RunAsync(["ip", "link", "del", $"{_name}h"], Limit, CancellationToken.None);
        foreach (var name in (string[])[Namespace(0), Namespace(1), $"{_name}s"])
            await CommandFault.RunAsync(["ip", "netns", "del", name], Limit, CancellationToken.None);
    }

    private string Namespace(int host) => $"{_name}{host}";

    private async Task PlugAsync(string port)
    {
        await IpAsync($"-n {_name}s link set dev {port} master lan");
        await IpAsync($"-n {_name}s link set dev {port} up");
    }

    private static async Task IpAsync(string arguments)
    {
        if (await CommandFault.RunAsync(["ip", .. arguments.Split(' ')], Limit, CancellationToken.None) is { } error)
            throw new InvalidOperationException($"'ip {arguments}' failed ({error}).");
    }
}
