using System.Globalization;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>One life of the engine, from the start of its process until no process is left: coming up, serving, ending.</summary>
internal sealed partial class EngineLife(EngineProcess process, EngineLifeServices services, ILogger log)
{
    private static readonly TimeSpan LookWhileStarting = TimeSpan.FromMilliseconds(250);

    /// <summary>Each look reads all processes of the machine: once a second finds a stopped one soon, and costs little.</summary>
    private static readonly TimeSpan LookWhileServing = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<StopOrder> _order = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ParentOptions _options = services.Options.Value;
    private readonly StoppedWatch _stopped = new(TimeSpan.FromSeconds(services.Options.Value.StoppedSeconds), services.Time);
    private readonly long _began = services.Time.GetTimestamp();
    private long? _ready;

    /// <summary>Its processes as last seen, while it serves; empty before.</summary>
    public IReadOnlyList<ProcessStat> Processes { get; private set; } = [];

    /// <summary>Id of its first process.</summary>
    public int Id { get; } = process.Id;

    /// <summary>Whether it has answered.</summary>
    public bool IsServing => _ready is not null;

    /// <summary>Orders its end; only the first order counts.</summary>
    public void End(StopOrder order) => _order.TrySetResult(order);

    /// <summary>Watches it to its end; returns when no process is left.</summary>
    public async Task<LifeEnd> RunAsync()
    {
        while (!process.Exited.IsCompleted && !_order.Task.IsCompleted)
        {
            var seen = process.Look(); // before it counts as up: whoever waits for that may kill it, and its processes must be known
            if (!IsServing)
                await ComeUpAsync();
            if (_stopped.Look(seen) is { } verdict)
                Hung(verdict);
            if (IsServing)
                Processes = seen;
            await Task.WhenAny(process.Exited, _order.Task, Task.Delay(IsServing ? LookWhileServing : LookWhileStarting, services.Time));
        }
        return await EndAsync();
    }

    private async Task ComeUpAsync()
    {
        var lacks = await services.Readiness.LacksAsync(CancellationToken.None);
        if (process.Exited.IsCompleted || _order.Task.IsCompleted)
            return;
        var elapsed = services.Time.GetElapsedTime(_began);
        if (lacks is null)
        {
            Up(log, process.Id, elapsed.TotalSeconds);
            _ready = services.Time.GetTimestamp();
            services.Watch.Serving();
        }
        else if (elapsed > TimeSpan.FromSeconds(_options.StartSeconds))
        {
            Hung($"does not answer {_options.StartSeconds} s after its start (Engine:Parent:StartSeconds)");
        }
        else
        {
            var newest = services.Lines.Newest;
            var asked = lacks.Length > 0 ? $"; asked, it is not ready: {Short(lacks)}" : "";
            var word = newest.Length > 0 ? $"; it says: {Short(newest)}" : "";
            services.Watch.Starting(string.Create(CultureInfo.InvariantCulture,
                $"the engine has been starting for {elapsed.TotalSeconds:0} s{asked}{word}"));
        }
    }

    private static string Short(string words) => words.Length > 200 ? words[..200] : words;

    private void Hung(string verdict)
    {
        services.Watch.Convict(verdict);
        End(new StopOrder(verdict, StopKind.Hung));
    }

    private async Task<LifeEnd> EndAsync()
    {
        var served = _ready is { } since ? services.Time.GetElapsedTime(since) : TimeSpan.Zero;
        var order = _order.Task.IsCompleted && !process.Exited.IsCompleted ? await _order.Task : null;
        var age = services.Time.GetElapsedTime(_began).TotalSeconds;
        if (order is not null)
            Ending(log, process.Id, order.Why);
        await process.EndAsync(order switch
        {
            null => TimeSpan.Zero,
            { Kind: StopKind.Hung } => TimeSpan.FromSeconds(_options.HungStopSeconds),
            _ => TimeSpan.FromSeconds(_options.StopSeconds),
        });
        var how = ExitWords.Of(process.ExitCode);
        Ended(log, process.Id, how, age);
        var words = order is null ? $"the engine {how}" : $"the engine was ended: {order.Why}";
        words = string.Create(CultureInfo.InvariantCulture, $"{words}, after {age:0} s");
        return new LifeEnd(words, served, order is { Kind: not StopKind.Hung });
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The engine, process {Pid}, answers after {Seconds:0.0} s")]
    private static partial void Up(ILogger logger, int pid, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Ending the engine, process {Pid}: {Why}")]
    private static partial void Ending(ILogger logger, int pid, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The engine, process {Pid}, {How} after {Seconds:0.0} s")]
    private static partial void Ended(ILogger logger, int pid, string how, double seconds);
}
