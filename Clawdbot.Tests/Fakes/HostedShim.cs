using Clawdbot.InferenceShim.Engines;
using Clawdbot.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;

namespace Clawdbot.Tests.Fakes;

/// <summary>A shim in this process, with the secrets of <see cref="ShimHost"/>, which is the same as a process of its own.</summary>
internal sealed class HostedShim : IAsyncDisposable
{
    private readonly HostedProgram _program;

    private HostedShim(HostedProgram program) => (_program, Address) = (program, program.Address);

    public Uri Address { get; }

    public IServiceProvider Services => _program.Services;

    public static Task<HostedShim> StartAsync(params string[] arguments) => StartAsync(_ => { }, arguments);

    /// <summary>With this last word on its services.</summary>
    public static async Task<HostedShim> StartAsync(Action<IServiceCollection> change, params string[] arguments)
    {
        string[] all =
        [
            "--urls=http://127.0.0.1:0", $"--Fleet:Secret={ShimHost.Secret}", $"--Fleet:AdminSecret={ShimHost.AdminSecret}",
            "--Api:InlineSockets=false", "--Drain:TimeoutSeconds=0", .. arguments,
        ];
        return new HostedShim(await HostedProgram.StartAsync(typeof(IEngine).Assembly, all, change));
    }

    /// <summary>With the embedded engine, as fast as it goes.</summary>
    public static Task<HostedShim> FastAsync(params string[] arguments) =>
        StartAsync(["--Engine:Embedded:TokensPerSecond=0", "--Engine:Embedded:FirstTokenDelayMilliseconds=0", .. arguments]);

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
