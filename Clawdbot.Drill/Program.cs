using System.CommandLine;
using Clawdbot.Drill;
using Clawdbot.Drill.Scenarios;

var scenario = new Option<string>("--scenario", "-s")
    { Description = "Name of a scenario that ships, or a YAML file.", DefaultValueFactory = _ => "default" };
var target = new Option<Uri?>("--target", "-t")
    { Description = "An OpenAI-compatible server that runs already, instead of one that is started here." };
var key = new Option<string?>("--api-key")
    { Description = "What the target wants as a bearer token. CLAWDBOT_API_KEY says the same and is in no process list." };
var model = new Option<string?>("--model") { Description = "Model to ask for; by default the first that the target lists." };
var output = new Option<DirectoryInfo>("--output", "-o")
    { Description = "Folder of the reports.", DefaultValueFactory = _ => new DirectoryInfo("drill-report") };
var only = new Option<ContenderKind[]>("--only")
    { Description = "Only these contenders: clawdbot, single, yarp, nginx.", AllowMultipleArgumentsPerToken = true };

var run = new Command("run", "Puts load on a deployment, hurts it meanwhile, checks every answer, and reports.")
    { scenario, target, key, model, output, only };
run.SetAction((parse, cancellation) => RunCommand.RunAsync(new RunArguments(
    parse.GetValue(scenario)!, parse.GetValue(target), parse.GetValue(key) ?? Environment.GetEnvironmentVariable("CLAWDBOT_API_KEY"),
    parse.GetValue(model), parse.GetValue(output)!, parse.GetValue(only) ?? []), cancellation));

var list = new Command("scenarios", "Lists the scenarios that ship.");
list.SetAction(_ =>
{
    foreach (var name in ScenarioFile.Shipped)
        Console.WriteLine($"{name,-20} {ScenarioFile.Read(name).What.Trim()}");
});

var root = new RootCommand("Clawdbot's drill: the numbers that nobody publishes, for our deployment or anyone's.") { run, list };
return await root.Parse(args).InvokeAsync();
