using System.Globalization;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>A host of a <see cref="VirtualLan"/> with a front and keepalived, both as they ship.</summary>
internal sealed class FrontHost : IAsyncDisposable
{
    private const int Port = 80;
    private const int StatusPort = 8082;
    private const string Ip = "/usr/sbin/ip";

    private static readonly string Shipped = Path.Combine(Repository.Root, "deploy", "keepalived");

    private readonly DirectoryInfo _folder;
    private readonly RunningProgram _front;
    private readonly RunningProgram _keepalived;

    private FrontHost(DirectoryInfo folder, RunningProgram front, RunningProgram keepalived) =>
        (_folder, _front, _keepalived) = (folder, front, keepalived);

    /// <summary>How often it took the shared address so far.</summary>
    public int Taken => _keepalived.Output.Split('\n').Count(l => l.Contains("Entering MASTER STATE", StringComparison.Ordinal));

    /// <summary>What keepalived and the front wrote.</summary>
    public string Output => $"{_keepalived.Output}\n{_front.Output}";

    /// <summary>The programs that it needs; the test is skipped where they are missing.</summary>
    public static void Require(FrontKind kind)
    {
        Processes.Require.Root();
        Processes.Require.Program(Ip, "iproute2");
        Processes.Require.Program("/usr/sbin/keepalived", "keepalived");
        FrontProcess.Require(kind);
    }

    public static async Task<FrontHost> StartAsync(VirtualLan lan, int host, FrontKind kind, IReadOnlyList<Uri> gateways)
    {
        var folder = Directory.CreateTempSubdirectory("clawdbot-front-host-");
        var front = StartFront(lan, host, kind, gateways, folder);
        File.Copy(Path.Combine(Shipped, "keepalived.conf"), Path.Combine(folder.FullName, "keepalived.conf"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "host.conf"), Values(lan, host, kind));
        var keepalived = RunningProgram.Begin(Ip, [.. lan.Prefix(host), "keepalived", "--dont-fork", "--log-console", "--log-detail", "--no-syslog",
            "--vrrp", "--use-file", Path.Combine(folder.FullName, "keepalived.conf"),
            "--pid", Path.Combine(folder.FullName, "pid"), "--vrrp_pid", Path.Combine(folder.FullName, "vrrp.pid")]);
        return new FrontHost(folder, front, keepalived);
    }

    /// <summary>SIGKILL to the front and its workers.</summary>
    public void KillFront() => KillWithChildren(_front);

    /// <summary>SIGKILL to keepalived and its child. The address stays where it is, and nobody answers for it.</summary>
    public void KillKeepalived() => KillWithChildren(_keepalived);

    public async ValueTask DisposeAsync()
    {
        foreach (var program in (RunningProgram[])[_keepalived, _front])
        {
            program.Signal(Signals.Term); // a killed parent would leave its children
            await program.Exited;
            await program.DisposeAsync();
        }
        _folder.Delete(recursive: true);
    }

    private static RunningProgram StartFront(VirtualLan lan, int host, FrontKind kind, IReadOnlyList<Uri> gateways, DirectoryInfo folder)
    {
        const string everywhere = "0.0.0.0"; // the shared address comes and goes
        if (kind == FrontKind.HaProxy)
        {
            return RunningProgram.Begin(Ip, [.. lan.Prefix(host), "haproxy", .. HaProxyConfiguration.Arguments],
                environment: HaProxyConfiguration.Environment(gateways, Port, StatusPort, everywhere));
        }
        NginxConfiguration.Write(folder, gateways, Port, StatusPort, everywhere);
        return RunningProgram.Begin(Ip, [.. lan.Prefix(host), "nginx", .. NginxConfiguration.Arguments(folder)]);
    }

    private static string Values(VirtualLan lan, int host, FrontKind kind) => string.Create(CultureInfo.InvariantCulture, $"""
        $SELF={lan.Address(host)}
        $PEER={lan.Address(1 - host)}
        $PRIORITY={101 - host}
        $ADDRESS={lan.Free}/24
        $INTERFACE={VirtualLan.Device}
        $ROUTER_ID=51
        $CHECK="{Path.Combine(Shipped, "check-front.sh")} {StatusPort} {(kind == FrontKind.Nginx ? "/nginx/health" : "/haproxy/health")}"

        """);

    private static void KillWithChildren(RunningProgram program)
    {
        var children = File.ReadAllText($"/proc/{program.Id}/task/{program.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        program.Signal(Signals.Kill);
        foreach (var child in children)
            Signals.Send(int.Parse(child, CultureInfo.InvariantCulture), Signals.Kill);
    }
}
