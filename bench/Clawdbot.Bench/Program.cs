using System.CommandLine;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using Clawdbot.Bench;
using Clawdbot.Bench.Micro;
using Clawdbot.Bench.Upstream;

// Ctrl+C ends this as an ordinary exit does, so that the programs that were started are stopped.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Environment.Exit(130));

var rounds = new Option<int>("--rounds")
{
    Description = "Rounds of each load on each proxy; medians are reported.",
    DefaultValueFactory = _ => 5,
};
var seconds = new Option<double>("--seconds") { Description = "Length of a round.", DefaultValueFactory = _ => 2.5 };
var load = new Option<string>("--load") { Description = "Only loads whose name contains this.", DefaultValueFactory = _ => "" };
var proxy = new Option<string>("--proxy")
{
    Description = "Only proxies whose name contains this, beside the reference.",
    DefaultValueFactory = _ => "",
};
var before = new Option<string>("--before")
{
    Description = "Another build of the gateway, measured in the same rounds: its program, such as that of the commit before.",
    DefaultValueFactory = _ => "",
};
var root = new RootCommand("Clawdbot's gateway beside Nginx, HAProxy and a plain YARP proxy in one run, as ratios.")
{
    rounds, seconds, load, proxy, before,
};
root.SetAction((parse, _) => new EndToEnd(
    parse.GetValue(rounds), TimeSpan.FromSeconds(parse.GetValue(seconds)), parse.GetValue(load)!, parse.GetValue(proxy)!,
    parse.GetValue(before)!).RunAsync());

var filter = new Option<string>("--filter")
{
    Description = "Which benchmarks, as BenchmarkDotNet has it.",
    DefaultValueFactory = _ => "*",
};
var micro = new Command("micro", "Picks, event reading and bodies, by BenchmarkDotNet.") { filter };
micro.SetAction(parse => { BenchmarkSwitcher.FromAssembly(typeof(PickBenchmark).Assembly).Run(["--filter", parse.GetValue(filter)!]); });

var seam = new Command("seam", "What a failover in mid-stream costs a client, beside the pace of the answer.") { rounds };
seam.SetAction((parse, _) => Seam.RunAsync(parse.GetValue(rounds) * 100));

var shim = new Command("shim", "A fake engine asked directly, and through the shim.") { rounds, seconds };
shim.SetAction((parse, _) => ShimCost.RunAsync(parse.GetValue(rounds), TimeSpan.FromSeconds(parse.GetValue(seconds))));

var address = new Argument<string>("address");
var cut = new Option<int>("--cut") { Description = "Cuts streams after so many chunks; 0: never." };
var upstream = new Command("upstream", "The replica that costs next to nothing, by itself.") { address, cut };
upstream.SetAction((parse, _) => FakeReplica.RunAsync(parse.GetValue(address)!, parse.GetValue(cut)));

foreach (var command in (Command[])[micro, seam, shim, upstream])
    root.Add(command);
return await root.Parse(args).InvokeAsync();
