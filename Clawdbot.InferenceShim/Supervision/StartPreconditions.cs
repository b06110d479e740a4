using Clawdbot.InferenceShim.Engines;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Waits until an engine may be started, and says what is missing: the model's files must be whole, and nobody else at its address.
/// </summary>
internal sealed partial class StartPreconditions(
    ModelFiles files, AddressClaim claim, EngineWatch watch, IOptions<ParentOptions> options, TimeProvider time,
    ILogger<StartPreconditions> log)
{
    private static readonly TimeSpan AddressRetry = TimeSpan.FromSeconds(1);

    /// <summary>Returns when the engine may be started.</summary>
    public async Task ClearAsync(CancellationToken cancellation)
    {
        string? told = null;
        while (true)
        {
            var (problem, retry) = await LookAsync(cancellation);
            if (problem is null)
                return;
            watch.Gone(problem);
            if (told != problem)
                Waiting(log, problem);
            told = problem;
            await Task.Delay(retry, time, cancellation);
        }
    }

    private async Task<(string? Problem, TimeSpan Retry)> LookAsync(CancellationToken cancellation) =>
        await files.ProblemAsync(watch.Starting, cancellation) is { } problem
            ? (problem, TimeSpan.FromSeconds(options.Value.ModelRetrySeconds))
            : (await claim.ProblemAsync(time, cancellation), AddressRetry);

    [LoggerMessage(Level = LogLevel.Error, Message = "The engine is not started: {Problem}")]
    private static partial void Waiting(ILogger logger, string problem);
}
