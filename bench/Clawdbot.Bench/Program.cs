using System.Globalization;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using Clawdbot.Bench;
using Clawdbot.Bench.Measure;
using Clawdbot.Bench.Micro;
using Clawdbot.Bench.Upstream;

// What was started is stopped when this ends, however it is told to.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Environment.Exit(130));

switch (args)
{
    case ["upstream", var url]:
        await FakeReplica.RunAsync(url);
        return 0;
    case ["micro", .. var more]:
        BenchmarkSwitcher.FromAssembly(typeof(PickBenchmark).Assembly).Run(more.Length == 0 ? ["--filter", "*"] : more);
        return 0;
    case [] or ["--rounds", _] or ["--quick"] or ["--only", _]:
        var rounds = args is ["--rounds", var given] ? int.Parse(given, CultureInfo.InvariantCulture) : args is ["--quick"] or ["--only", _] ? 3 : 5;
        await EndToEnd.RunAsync(rounds, args is ["--only", var name] ? name : "");
        return 0;
    default:
        await Console.Error.WriteLineAsync("Clawdbot.Bench [--rounds N | --quick | --only CASE]   end to end, beside Nginx, HAProxy and plain YARP\nClawdbot.Bench micro [--filter X]     by BenchmarkDotNet");
        return 2;
}
