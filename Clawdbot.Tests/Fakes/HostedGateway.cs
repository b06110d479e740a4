using System.Net;
using Clawdbot.Gateway.Edge;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Fakes;

/// <summary>
/// A gateway in this process, without admin verbs, where nobody kills it: <see cref="GatewayProcess"/> is one with a process of its own.
/// </summary>
internal sealed class HostedGateway : IAsyncDisposable
{
    private readonly HostedProgram _program;

    private HostedGateway(HostedProgram program)
    {
        (_program, Address) = (program, program.Address);
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(5), DefaultRequestVersion = HttpVersion.Version11 };
        (Chat, Fleet) = (new ChatClient(Http), new FleetWatch(Address));
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public ChatClient Chat { get; }

    public FleetWatch Fleet { get; }

    /// <summary>With nothing but these arguments and the shims' secret.</summary>
    public static async Task<HostedGateway> StartAsync(params string[] arguments)
    {
        string[] all =
        [
            "--urls=http://127.0.0.1:0", "--Edge:InternalUrl=", "--Edge:InlineSockets=false", "--Edge:LeaveMilliseconds=0", // nobody is before it
            $"--Fleet:Secret={ShimHost.Secret}",
            .. arguments,
        ];
        return new HostedGateway(await HostedProgram.StartAsync(typeof(RequestPath).Assembly, all, _ => { }));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Fleet.DisposeAsync();
        await _program.DisposeAsync();
    }
}
