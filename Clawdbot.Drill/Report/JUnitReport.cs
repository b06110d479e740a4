using System.Globalization;
using System.Xml.Linq;

namespace Clawdbot.Drill.Report;

/// <summary>Builds a JUnit report with the objectives as test cases, for build servers.</summary>
internal static class JUnitReport
{
    public static XDocument Build(DrillResult result)
    {
        var suites = result.Runs.Where(r => r.Objectives.Count > 0).Select(run => new XElement("testsuite",
            new XAttribute("name", $"{result.Scenario}: {run.Contender}"),
            new XAttribute("tests", run.Objectives.Count),
            new XAttribute("failures", run.Objectives.Count(o => !o.Held)),
            new XAttribute("timestamp", result.At.ToString("s", CultureInfo.InvariantCulture)),
            new XAttribute("time", (run.Length / 1000).ToString("0.###", CultureInfo.InvariantCulture)),
            run.Objectives.Select(o => new XElement("testcase",
                new XAttribute("classname", $"{result.Scenario}.{run.Contender}"),
                new XAttribute("name", $"{o.Name}: {o.Wanted}"),
                o.Held ? null : new XElement("failure", new XAttribute("message", $"{o.Measured} instead of {o.Wanted}"))))));
        return new XDocument(new XDeclaration("1.0", "utf-8", null), new XElement("testsuites", suites));
    }
}
