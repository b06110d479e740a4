namespace Clawdbot.Tests.Deploy;

/// <summary>Waits for what nobody announces.</summary>
internal static class Poll
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        while (!await condition())
            await Task.Delay(Look, TimeProvider.System, limit.Token);
    }
}
