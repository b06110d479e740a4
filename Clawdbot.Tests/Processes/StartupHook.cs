/// <summary>
/// Runs inside a program that a test starts with <c>DOTNET_STARTUP_HOOKS</c>: when the file named by <see cref="Trigger"/> is there, every
/// thread of the pool waits for ever, as in a deadlock.
/// </summary>
internal static class StartupHook
{
    /// <summary>Environment variable with the path of the file.</summary>
    public const string Trigger = "CLAWDBOT_TEST_DEADLOCK";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Trigger) is { Length: > 0 } path)
            new Thread(() => Deadlock(path)) { IsBackground = true }.Start();
    }

    private static void Deadlock(string path)
    {
        using var never = new ManualResetEventSlim();
        while (!File.Exists(path))
            never.Wait(TimeSpan.FromMilliseconds(50));
        ThreadPool.SetMaxThreads(Environment.ProcessorCount, Environment.ProcessorCount);
        for (var i = 0; i < 10_000; i++)
            ThreadPool.UnsafeQueueUserWorkItem(static gate => gate.Wait(), never, preferLocal: false);
        never.Wait();
    }
}
