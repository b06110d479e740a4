using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>
/// Clients that ask without pause while replicas are killed or stopped, and hold every answer against the undisturbed one.
/// </summary>
internal sealed class Storm(GatewayProcess gateway, bool stream)
{
    private const int Clients = 20;

    /// <summary>Three seconds, at the pace that the storms set.</summary>
    private const int ShortestAnswer = 60;

    private static readonly string[] Questions = ["What are you? 🦀", "你是谁？请介绍你自己。", "Please say what this engine can do for me today.", "能不能看图？🐚"];

    private readonly HashSet<int> _hit = [];
    private readonly StormClients _clients =
        new(gateway.Chat, [.. Questions.Select((text, i) => new Question(text, text, null, stream, i, null))], Clients);

    /// <summary>Mid-stream failovers, by the gateway's own metrics.</summary>
    public double MidStream { get; private set; }

    /// <summary>Failovers before the first byte, by the gateway's own metrics.</summary>
    public double BeforeFirstByte { get; private set; }

    /// <summary>Fails when a client noticed anything.</summary>
    public void Unnoticed() => _clients.Unnoticed();

    /// <summary>Asks each question undisturbed, then lets the clients loose and runs <paramref name="fault"/> until it ends.</summary>
    public Task RunAsync(Func<Task> fault) => _clients.RunAsync(ShortestAnswer, fault);

    /// <summary>Reads the gateway's counters.</summary>
    public async Task CountAsync()
    {
        MidStream = await gateway.MetricAsync("clawdbot_gateway_failovers_total", "phase=\"mid_stream\"");
        BeforeFirstByte = await gateway.MetricAsync("clawdbot_gateway_failovers_total", "phase=\"before_first_byte\"");
    }

    /// <summary>
    /// The process that carries most started answers, or most that wait for their first byte, as soon as the others are healthy again. (Hit as soon as any single
    /// other one is healthy, four replicas die five times a second, and hardly a new answer ever begins.) It carries a started one in
    /// any case: a storm that only follows who is alone on its replica is what a deadly request looks like. A process that
    /// was hit before is not hit again: the gateway's view may be a moment old.
    /// </summary>
    public async Task<int> NextVictimAsync(bool waiting = false)
    {
        int Carries(ReplicaView replica) => waiting ? replica.InFlight - replica.Answering : replica.Answering;
        var pid = Victims(await gateway.Fleet.UntilAsync(f => Victims(f).Any(r => Carries(r) > 0))).MaxBy(Carries)!.Pid!.Value;
        _hit.Add(pid);
        return pid;
    }

    /// <summary>A process that was stopped goes on, and may be hit again.</summary>
    public void Recovered(int pid) => _hit.Remove(pid);

    private IEnumerable<ReplicaView> Victims(FleetView fleet) => fleet.Replicas.Where(r => r.Answering > 0 && r.Pid is { } pid
        && !_hit.Contains(pid) && fleet.Replicas.All(other => other.Id == r.Id || (other.State == "Healthy" && !_hit.Contains(other.Pid ?? 0))));

    public string Report(string what)
    {
        var gaps = _clients.Silences;
        double At(double q) => gaps.Count == 0 ? double.NaN : gaps[Math.Min(gaps.Count - 1, (int)(q * gaps.Count))];
        return FormattableString.Invariant($"{what}, {(stream ? "streaming" : "plain")}: {_clients.Answers.Count} requests, {_clients.Failures} failed; {MidStream} mid-stream and {BeforeFirstByte} before-first-byte failovers; ")
            + FormattableString.Invariant($"silence over {gaps.Count} moved answers: P50 {At(.5):0} ms, P99 {At(.99):0} ms, max {At(1):0} ms (the new replica's first token included)");
    }
}
