using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Supervision;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Clawdbot.Tests.Shim.Supervision;

public sealed class SupervisionRegistrationTests
{
    [Fact]
    public void A_command_is_a_list_or_a_line_for_the_shell()
    {
        Assert.Equal(["vllm", "serve", "a b"],
            With(("Engine:Command:0", "vllm"), ("Engine:Command:1", "serve"), ("Engine:Command:2", "a b")).Get<EngineOptions>().Command);
        Assert.Equal(["/bin/sh", "-c", "exec vllm serve 'a b'"], With(("Engine:Command", "vllm serve 'a b'")).Get<EngineOptions>().Command);
        Assert.Empty(With().Get<EngineOptions>().Command);
    }

    [Fact]
    public void The_embedded_engine_is_nobodys_child()
    {
        var fault = Assert.Throws<OptionsValidationException>(
            () => With(("Engine:Kind", "embedded"), ("Engine:Command", "x")).Get<ParentOptions>());
        Assert.Contains("another kind than 'embedded'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopping_has_time_for_the_drain_and_the_engine()
    {
        (string, string)[] times = [("Drain:TimeoutSeconds", "30"), ("Engine:Parent:StopSeconds", "7")];
        Assert.Equal(TimeSpan.FromSeconds(47), With([.. times, ("Engine:Command", "x")]).Get<HostOptions>().ShutdownTimeout);
        Assert.Equal(TimeSpan.FromSeconds(40), With(times).Get<HostOptions>().ShutdownTimeout);
    }

    [Theory]
    [InlineData("Engine:Parent:StartSeconds", "0")]
    [InlineData("Engine:Parent:RecycleGibPerHour", "-1")]
    public void A_wrong_value_is_named(string name, string value)
    {
        var fault = Assert.Throws<OptionsValidationException>(() => With((name, value)).Get<ParentOptions>());
        Assert.Contains(name.Split(':')[^1], fault.Message, StringComparison.Ordinal);
    }

    private static Built With(params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration
            .AddInMemoryCollection([new("Engine:Kind", "openai"), new("Engine:Address", "http://127.0.0.1:1")])
            .AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Name, s.Value)));
        builder.AddEngine();
        builder.AddSupervision();
        return new Built(builder.Services);
    }

    private sealed class Built(IServiceCollection services)
    {
        public TOptions Get<TOptions>() where TOptions : class
        {
            using var provider = services.BuildServiceProvider();
            return provider.GetRequiredService<IOptions<TOptions>>().Value;
        }
    }
}
