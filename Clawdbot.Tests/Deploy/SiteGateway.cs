using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Deploy;

/// <summary>One of the gateways behind a front: a process, where it is to be killed or stopped, or in this process.</summary>
internal sealed class SiteGateway : IAsyncDisposable
{
    private readonly IAsyncDisposable _life;
    private readonly RunningProgram? _program;

    public SiteGateway(GatewayProcess gateway) =>
        (_life, _program, Address, Http, Chat, Fleet) =
            (gateway, gateway.Program, gateway.Address, gateway.Http, gateway.Chat, gateway.Fleet);

    public SiteGateway(HostedGateway gateway) =>
        (_life, Address, Http, Chat, Fleet) = (gateway, gateway.Address, gateway.Http, gateway.Chat, gateway.Fleet);

    public Uri Address { get; }

    public HttpClient Http { get; }

    public ChatClient Chat { get; }

    public FleetWatch Fleet { get; }

    /// <summary>Its process.</summary>
    public RunningProgram Program => _program ?? throw new InvalidOperationException("This gateway has no process of its own.");

    public ValueTask DisposeAsync() => _life.DisposeAsync();
}
