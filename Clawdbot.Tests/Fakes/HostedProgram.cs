using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clawdbot.Tests.Fakes;

/// <summary>
/// A program of ours run by its own entry point, in this process: everything is composed as in production and compiled once for all tests.
/// What is about the process itself (signals, output, exit code) needs a real one.
/// </summary>
internal sealed class HostedProgram : IAsyncDisposable, IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    /// <summary>Hosts are announced to everybody; this tells whose it is.</summary>
    private static readonly AsyncLocal<HostedProgram?> Current = new();

    private readonly TaskCompletionSource<IHost> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<IServiceCollection> _change;
    private readonly Task _main;
    private IHost? _host;

    private HostedProgram(Assembly program, string[] arguments, Action<IServiceCollection> change)
    {
        _change = change;
        _main = Task.Factory.StartNew(
            () => Main(program.EntryPoint!, arguments), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What it is made of.</summary>
    public IServiceProvider Services => _host!.Services;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Runs it and waits until it listens.</summary>
    /// <param name="program">Its assembly.</param>
    /// <param name="arguments">Of its command line.</param>
    /// <param name="change">The last word on its services.</param>
    public static async Task<HostedProgram> StartAsync(Assembly program, string[] arguments, Action<IServiceCollection> change)
    {
        var hosted = new HostedProgram(program, arguments, change);
        if (await Task.WhenAny(hosted._started.Task, hosted._main) == hosted._main)
        {
            var why = hosted._main.Exception?.GetBaseException().Message;
            throw new InvalidOperationException($"{program.GetName().Name} did not come up: {why}");
        }
        return hosted;
    }

    /// <summary>Asks it to end and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await _main;
    }

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.Extensions.Hosting" && Current.Value == this)
            value.Subscribe(this);
    }

    void IObserver<KeyValuePair<string, object?>>.OnNext(KeyValuePair<string, object?> value)
    {
        if (Current.Value != this)
            return;
        if (value is { Key: "HostBuilding", Value: IHostBuilder builder })
            builder.ConfigureServices(Change);
        if (value is { Key: "HostBuilt", Value: IHost host })
        {
            _host = host;
            host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => _started.TrySetResult(host));
        }
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
    }

    void IObserver<DiagnosticListener>.OnError(Exception error)
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnCompleted()
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnError(Exception error)
    {
    }

    private void Main(MethodInfo entry, string[] arguments)
    {
        Current.Value = this;
        using var hosts = DiagnosticListener.AllListeners.Subscribe(this);
        entry.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [arguments], null);
    }

    private void Change(IServiceCollection services)
    {
        services.RemoveAll<ILoggerProvider>(); // the output is the runner's
        services.AddSingleton<IHostLifetime, EndsWhenTold>(); // signals too
        _change(services);
    }

    private sealed class EndsWhenTold : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
