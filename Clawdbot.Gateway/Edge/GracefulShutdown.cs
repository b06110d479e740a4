using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge;

/// <summary>
/// A planned stop. First the gateway is not ready but still takes requests, so that whoever sends them notices; every answer closes its
/// connection meanwhile, so that no request arrives on one that is about to end. Then the web server stops listening, and what runs is
/// finished.
/// </summary>
internal sealed partial class GracefulShutdown(
    IHostApplicationLifetime lifetime, IOptions<EdgeOptions> options, TimeProvider time, ILogger<GracefulShutdown> log)
    : IHostedLifecycleService
{
    /// <summary>Whether the stop has begun.</summary>
    public bool HasBegun => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Waits before the web server stops.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var wait = TimeSpan.FromMilliseconds(options.Value.LeaveMilliseconds ?? 0);
        if (wait == TimeSpan.Zero)
            return;
        ShutdownBegins(log, wait.TotalSeconds);
        await Task.Delay(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "Graceful shutdown: not ready from now on; "
        + "requests are still taken for {Seconds} s, then what runs finishes")]
    private static partial void ShutdownBegins(ILogger logger, double seconds);
}

/// <summary>Adds <see cref="GracefulShutdown"/> to the pipeline.</summary>
internal static class GracefulShutdownExtensions
{
    /// <summary>From the beginning of a planned stop on, each answer closes its connection.</summary>
    public static void UseGracefulShutdown(this WebApplication app)
    {
        var shutdown = app.Services.GetRequiredService<GracefulShutdown>();
        app.Use(next => http =>
        {
            if (shutdown.HasBegun)
                http.Response.Headers.Connection = "close";
            return next(http);
        });
    }
}
