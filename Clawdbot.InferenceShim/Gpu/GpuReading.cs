using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Gpu;

/// <summary>Reads the engine's GPUs at an interval, and listens for their errors. A machine without a GPU is no error.</summary>
internal sealed partial class GpuReading(
    IOptions<GpuOptions> options, IOptions<EngineOptions> engine, TimeProvider time, ILogger<GpuReading> log) : BackgroundService
{
    private sealed record Snapshot(IReadOnlyList<GpuStatus> Gpus, long At);

    private readonly GpuOptions _options = options.Value;
    private NvmlLibrary? _library;
    private NvmlReadings? _readings;
    private XidWatch? _xids;
    private IReadOnlyList<GpuDevice> _devices = [];
    private volatile string _absence = "no GPU: not looked for";
    private Snapshot _last = new([], 0);

    /// <summary>Raised when what runs on a GPU is lost, with the GPU, what happened and what helps, on the thread that found it.</summary>
    public event Action<string>? Fatal;

    /// <summary>What was read last, one of each GPU; empty when there is none, or when the driver has stopped answering.</summary>
    public IReadOnlyList<GpuStatus> Last => Current is { } snapshot ? snapshot.Gpus : [];

    /// <summary>Why <see cref="Last"/> is empty; null when it is not.</summary>
    public string? Absence =>
        _absence.Length > 0 ? _absence
        : Current is null ? $"the GPU driver has not answered for {time.GetElapsedTime(_last.At).TotalSeconds:0} s"
        : null;

    /// <summary>The GPUs and how often each reported what; empty without one.</summary>
    public IReadOnlyList<GpuDevice> Devices => Volatile.Read(ref _devices);

    /// <summary>The last reading; null once it is as old as three intervals, because the driver hangs then.</summary>
    private Snapshot? Current =>
        Volatile.Read(ref _last) is var last && time.GetElapsedTime(last.At) < TimeSpan.FromSeconds(3 * _options.IntervalSeconds)
            ? last
            : null;

    /// <summary>Reads once.</summary>
    public void Read()
    {
        if (_devices.Count == 0 && !Open())
            return;
        var gpus = new List<GpuStatus>(_devices.Count);
        foreach (var device in _devices)
        {
            var status = _readings!.Read(device, out var result);
            if (result is NvmlResult.GpuIsLost or NvmlResult.ResetRequired && device.Lose(NvmlLibrary.Words(result)))
                Lost($"{device}: {NvmlLibrary.Words(result)}");
            gpus.Add(status with { LastXid = device.LastXid?.Number, Fault = device.Fault });
        }
        Volatile.Write(ref _last, new Snapshot(gpus, time.GetTimestamp()));
        if (_xids?.Run() == false)
        {
            _xids = null;
            NoEvents(log);
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_xids is not null)
            await _xids.StopAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!(_options.Enabled ?? IsLocal(engine.Value)))
        {
            _absence = "no GPU: the engine uses none of this machine";
            return;
        }
        while (!stoppingToken.IsCancellationRequested)
        {
            // A thread of its own: a driver in trouble can hold a call for minutes, and the pool has answers to carry.
            await Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(TimeSpan.FromSeconds(_options.IntervalSeconds), time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool IsLocal(EngineOptions engine) => engine.Kind != EngineOptions.EmbeddedKind
        && (engine.Address.Length == 0 || (Uri.TryCreate(engine.Address, UriKind.Absolute, out var address) && address.IsLoopback));

    private bool Open()
    {
        var absence = "";
        _library ??= NvmlLibrary.Open(_options.Library, out absence);
        if (_library is not null)
        {
            var chosen = GpuSelection.Choose(_library.Devices(), _options.Devices, Environment.GetEnvironmentVariable, out absence);
            Volatile.Write(ref _devices, chosen);
            _readings = new NvmlReadings(_library);
            _xids = new XidWatch(_library, _devices, Seen);
        }
        if (absence != _absence)
        {
            if (absence.Length > 0)
                Absent(log, absence);
            else
                Found(log, string.Join(", ", _devices));
        }
        _absence = absence;
        return absence.Length == 0;
    }

    private void Seen(GpuDevice device, Xid xid)
    {
        device.Report(xid);
        if (xid.Remedy == GpuRemedy.None)
            Noted(log, device.ToString(), xid.Words);
        else
            Lost($"{device}: {xid.Words}");
    }

    private void Lost(string reason)
    {
        Broken(log, reason);
        Fatal?.Invoke(reason);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Reason}")]
    private static partial void Absent(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Watching {Gpus}")]
    private static partial void Found(ILogger logger, string gpus);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Gpu}: {Xid}")]
    private static partial void Noted(ILogger logger, string gpu, string xid);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Reason}")]
    private static partial void Broken(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "These GPUs report no XIDs: their errors are seen only by what the engine makes of them")]
    private static partial void NoEvents(ILogger logger);
}
