using System.Net;
using System.Text;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Fakes;
using Clawdbot.Tests.Fakes.Engines;

namespace Clawdbot.Tests.Shim.Engines;

/// <summary>Every adapter over every form that an answer has on the wire: the text is whole, or the failure is told.</summary>
public sealed class WireFormTests(ITestOutputHelper output)
{
    private const string Question = $$"""{"model":"{{OllamaFake.Model}}","seed":3,"messages":[{"role":"user","content":"hi"}]}""";

    /// <summary>Forms of JSON chunks; Ollama's native API has none of them.</summary>
    private static readonly HashSet<WireForm> OfEvents =
    [
        WireForm.Comments, WireForm.SeveralDataLines, WireForm.PlainText, WireForm.NoType, WireForm.UnfinishedType, WireForm.NoSpaceBehindColon,
        WireForm.NoReason, WireForm.EmptyReasons, WireForm.ReasonInEachChunk, WireForm.NoUsage, WireForm.UsageInEachChunk,
        WireForm.SplitCharacters, WireForm.ContentInParts, WireForm.ByteOrderMark, WireForm.MoreThanText,
    ];

    [Theory]
    [InlineData("openai")]
    [InlineData("vllm")]
    [InlineData("sglang")]
    [InlineData("llamacpp")]
    [InlineData("ollama")]
    public async Task The_text_is_whole_in_every_form(string kind)
    {
        await using var fake = await FakeAsync(kind);
        await using var shim = await HostedShim.StartAsync(EngineShims.Arguments(kind, fake));
        using var caller = new FleetCaller(shim.Address);
        await caller.StatusAsync(s => s.Verdict == ShimVerdict.Ready);
        var plain = await caller.GenerateAsync(Question);
        Assert.True(plain.Text.Length > 12, plain.ToString());

        var table = new StringBuilder($"| {kind} | streamed | folded |\n|---|---|---|\n");
        foreach (var form in Enum.GetValues<WireForm>().Where(f => kind != "ollama" || !OfEvents.Contains(f)))
        {
            fake.Form = form;
            var (streamed, folded) = (await caller.GenerateAsync(Question), await caller.GenerateAsync(Question, new GenerationExtras(Fold: true)));
            table.Append(System.Globalization.CultureInfo.InvariantCulture, $"| {form} | {Verdict(plain, streamed, form)} | {Verdict(plain, folded, form)} |\n");
        }
        output.WriteLine(table.ToString());
        Assert.DoesNotContain("WRONG", table.ToString(), StringComparison.Ordinal);
    }

    private static string Verdict(FleetAnswer plain, FleetAnswer answer, WireForm form)
    {
        var text = form == WireForm.SplitCharacters ? answer.Text.Replace("\U0001F600", "", StringComparison.Ordinal) : answer.Text;
        var finish = answer.Finishes.SingleOrDefault();
        return answer.Status != HttpStatusCode.OK || answer.Error is not null ? $"WRONG: {answer.Error?.Code} {answer.Error?.Message}"
            : text != plain.Text ? $"WRONG: {answer.Text}"
            : finish?.Reason != "stop" ? $"WRONG: {finish}"
            : form != WireForm.NoUsage && finish.CompletionTokens != plain.Finishes.Single().CompletionTokens ? $"WRONG: {finish}"
            : "right";
    }

    private static async Task<EngineFake> FakeAsync(string kind) => kind switch
    {
        "openai" => await OpenAiFake.StartAsync(),
        "vllm" => await VllmFake.StartAsync(),
        "sglang" => await SgLangFake.StartAsync(),
        "llamacpp" => await LlamaCppFake.StartAsync(),
        _ => await OllamaFake.StartAsync(),
    };
}
