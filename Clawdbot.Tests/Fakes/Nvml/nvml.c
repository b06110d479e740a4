/* A driver's library for tests: NVML's names and layouts (nvml.h, API version 13), its numbers from files in DIR that a test writes.
   gpus: a line per device. xids: "<device> <xid>" a line, each told once. init: what nvmlInit returns.
   With OLD it is a driver from before some of the functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gpu {
    char uuid[96];
    unsigned long long used, total, ecc, clocks;
    unsigned busy, degrees, milliwatts, remapped, pending;
    int result;
};

static int read_gpus(struct gpu *gpus, int most)
{
    FILE *file = fopen(DIR "/gpus", "r");
    int n = 0;
    if (!file)
        return 0;
    while (n < most && fscanf(file, "%95s %llu %llu %u %u %u %llu %u %u %llu %d", gpus[n].uuid, &gpus[n].used, &gpus[n].total, &gpus[n].busy,
                              &gpus[n].degrees, &gpus[n].milliwatts, &gpus[n].ecc, &gpus[n].remapped, &gpus[n].pending, &gpus[n].clocks,
                              &gpus[n].result) == 11)
        n++;
    fclose(file);
    return n;
}

static int find(void *device, struct gpu *found)
{
    struct gpu gpus[8];
    int n = read_gpus(gpus, 8), i = (int)(long)device - 1;
    if (i < 0 || i >= n)
        return 2;
    *found = gpus[i];
    return found->result;
}

#define READ(device)                       \
    struct gpu g;                          \
    int result = find(device, &g);         \
    if (result)                            \
        return result;

int nvmlInit_v2(void)
{
    int result = 0;
    FILE *file = fopen(DIR "/init", "r");
    if (file) {
        if (fscanf(file, "%d", &result) != 1)
            result = 999;
        fclose(file);
    }
    return result;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    struct gpu gpus[8];
    *count = (unsigned)read_gpus(gpus, 8);
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = (void *)(long)(index + 1);
    return 0;
}

int nvmlDeviceGetUUID(void *device, char *text, unsigned length)
{
    READ(device)
    snprintf(text, length, "%s", g.uuid);
    return 0;
}

int nvmlDeviceGetName(void *device, char *text, unsigned length)
{
    (void)device;
    snprintf(text, length, "NVIDIA Test 24GB");
    return 0;
}

int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *total_free_used)
{
    READ(device)
    total_free_used[0] = g.total;
    total_free_used[1] = g.total - g.used;
    total_free_used[2] = g.used;
    return 0;
}

int nvmlDeviceGetUtilizationRates(void *device, unsigned *gpu_memory)
{
    READ(device)
    gpu_memory[0] = g.busy;
    gpu_memory[1] = 7;
    return 0;
}

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *degrees)
{
    READ(device)
    *degrees = g.degrees;
    return sensor == 0 ? 0 : 2;
}

int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons)
{
    READ(device)
    *reasons = g.clocks;
    return 0;
}

#ifndef OLD
int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts)
{
    READ(device)
    *milliwatts = g.milliwatts;
    return 0;
}

int nvmlDeviceGetTotalEccErrors(void *device, int type, int counter, unsigned long long *count)
{
    READ(device)
    *count = g.ecc;
    return type == 1 && counter == 0 ? 0 : 2;
}

int nvmlDeviceGetRemappedRows(void *device, unsigned *corrected, unsigned *uncorrected, unsigned *pending, unsigned *failed)
{
    READ(device)
    *corrected = 0;
    *uncorrected = g.remapped;
    *pending = g.pending;
    *failed = 0;
    return 0;
}
#endif

struct event {
    void *device;
    unsigned long long type, data;
#ifndef OLD
    unsigned gpu_instance, compute_instance;
#endif
};

int nvmlEventSetCreate(void **set)
{
    *set = calloc(1, sizeof(long));
    return 0;
}

int nvmlEventSetFree(void *set)
{
    free(set);
    return 0;
}

int nvmlDeviceRegisterEvents(void *device, unsigned long long types, void *set)
{
    (void)device, (void)set;
    return types == 8 ? 0 : 2;
}

/* The offset of what was told is kept in the set. */
#ifdef OLD
int nvmlEventSetWait(void *set, struct event *event, unsigned milliseconds)
#else
int nvmlEventSetWait_v2(void *set, struct event *event, unsigned milliseconds)
#endif
{
    for (unsigned waited = 0;; waited += 5) {
        FILE *file = fopen(DIR "/xids", "r");
        long device;
        if (file) {
            fseek(file, *(long *)set, SEEK_SET);
            if (fscanf(file, "%ld %llu\n", &device, &event->data) == 2) {
                *(long *)set = ftell(file);
                fclose(file);
                event->device = (void *)(device + 1);
                event->type = 8;
                return 0;
            }
            fclose(file);
        }
        if (waited >= milliseconds)
            return 10;
        usleep(5000);
    }
}
